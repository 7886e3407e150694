// Tables in plain text, and as Markdown for what is kept.

const isNumber = (cell) => /^[<$]?[\d.,]+( |$)/.test(cell);

/** A number with three figures that count. */
export const short = (value) => (value >= 1000 ? Math.round(value).toLocaleString("en") : value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value >= 1 ? value.toFixed(2) : value.toFixed(3));

/** `rows` and `head`: lists of cells. Numbers stand to the right. */
export function table(head, rows) {
  const texts = rows.map((row) => row.map((cell) => String(cell ?? "")));
  const widths = head.map((title, i) => Math.max(title.length, ...texts.map((row) => row[i].length)));
  const right = head.map((_, i) => i > 0 && texts.some((row) => isNumber(row[i])));
  const line = (cells) => cells.map((cell, i) => (right[i] ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join("  ").trimEnd();
  return [line(head), widths.map((width) => "─".repeat(width)).join("──"), ...texts.map(line)].join("\n");
}
