// Tables in plain text.

const isNumber = (cell) => /^[<$]?[\d.,]+( |$)/.test(cell);

/** A number with three figures that count. */
export function short(value) {
  if (value >= 1000) return Math.round(value).toLocaleString("en");
  if (value >= 100) return value.toFixed(0);
  if (value >= 10) return value.toFixed(1);
  return value.toFixed(value >= 1 ? 2 : 3);
}

/** `rows` and `head`: lists of cells. Numbers stand to the right. */
export function table(head, rows) {
  const texts = rows.map((row) => row.map((cell) => String(cell ?? "")));
  const widths = head.map((title, i) => Math.max(title.length, ...texts.map((row) => row[i].length)));
  const right = head.map((_, i) => i > 0 && texts.some((row) => isNumber(row[i])));
  const line = (cells) => cells.map((cell, i) => (right[i] ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join("  ").trimEnd();
  return [line(head), widths.map((width) => "─".repeat(width)).join("──"), ...texts.map(line)].join("\n");
}
