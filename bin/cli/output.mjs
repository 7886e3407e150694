// Tables, lists of fields and JSON for a terminal. What comes from the provider may hold anything, so what would move the cursor or hide text is made visible.

const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const WIDE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff01-\uff60\p{Emoji_Presentation}]/u;
const MARK = /\p{M}/u;
const GAP = "  ";

const escape = (character) => [...Array(character.length).keys()].map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`).join("");

/** A text on one line, with nothing in it that is not seen. */
export const visible = (text) => String(text).replace(UNSEEN, escape);

const width = (text) => [...text].reduce((sum, character) => sum + (MARK.test(character) ? 0 : WIDE.test(character) ? 2 : 1), 0);
const padded = (text, to) => text + " ".repeat(Math.max(0, to - width(text)));

/** A value as a cell shows it. */
const cell = (value) => {
  if (value === undefined || value === null || value === "") return "-";
  if (Array.isArray(value)) return value.length ? value.map(cell).join(" ") : "-";
  return visible(typeof value === "object" ? JSON.stringify(value) : value);
};

/** Rows below a line of headings; `columns` maps each heading to what a row shows there. */
export function table(columns, rows, nothing) {
  if (!rows.length) return nothing;
  const lines = [Object.keys(columns), ...rows.map((row) => Object.values(columns).map((show) => cell(show(row))))];
  const widths = Object.keys(columns).map((_, at) => Math.max(...lines.map((line) => width(line[at]))));
  return lines.map((line) => line.map((text, at) => padded(text, widths[at])).join(GAP).trimEnd()).join("\n");
}

/** One line for each field that there is. */
export function fields(object) {
  const present = Object.entries(object).filter(([, value]) => value !== undefined && value !== null);
  const widest = Math.max(...present.map(([name]) => width(visible(name))));
  return present.map(([name, value]) => `${padded(visible(name), widest)}${GAP}${cell(value)}`).join("\n");
}

/** A moment in seconds since the epoch; 0 is the end of what has none. */
export function moment(seconds) {
  if (seconds === 0) return "never";
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString().replace("T", " ").replace(".000Z", "Z");
}

/** JSON that a terminal shows as it is, and every parser reads. */
export const json = (value) => JSON.stringify(value, null, 2).replace(UNSEEN, (character) => (character === "\n" ? character : escape(character)));
