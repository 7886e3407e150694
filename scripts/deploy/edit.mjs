// Changes to wrangler.toml: single lines, so that its comments stay as they are.
import { isDeepStrictEqual } from "node:util";
import { parse } from "smol-toml";
import { Problem } from "./problem.mjs";

const isHeader = (line) => /^\s*\[/.test(line);
const isSpare = (line) => /^\s*(#.*)?$/.test(line);

/** Sets `line`, which is `key = …`, in a table, or at the top level for the empty name; the table is made where there is none. */
function setLine(text, table, line) {
  const lines = text.split("\n");
  const header = table ? lines.findIndex((one) => one.replace(/#.*/, "").trim() === `[${table}]`) : -1;
  if (table && header < 0) return withTable(lines, table, line);
  const next = lines.findIndex((one, i) => i > header && isHeader(one));
  let end = next < 0 ? lines.length : next;
  // The comment before a table is that table's.
  while (end > header + 1 && isSpare(lines[end - 1])) end--;
  const key = new RegExp(`^\\s*${line.split(" ")[0]}\\s*=`);
  const old = lines.findIndex((one, i) => i > header && i < end && key.test(one));
  lines.splice(old < 0 ? end : old, old < 0 ? 0 : 1, line);
  return lines.join("\n");
}

/** A new table stands before those below it. */
function withTable(lines, table, line) {
  const below = lines.findIndex((one) => new RegExp(`^\\s*\\[+${table}\\.`).test(one));
  if (below < 0) return `${lines.join("\n").trimEnd()}\n\n[${table}]\n${line}\n`;
  lines.splice(below, 0, `[${table}]`, line, "");
  return lines.join("\n");
}

/**
 * The text of a wrangler.toml with `lines` in the environment itself and `vars` among its variables. Refused where it is written in a way that
 * single lines do not change.
 */
export function withSettings(text, environment, { lines = [], vars = {} }) {
  const table = environment ? `env.${environment}` : "";
  const variables = Object.entries(vars).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  const withLines = lines.reduce((all, line) => setLine(all, table, line), text);
  const changed = variables.reduce((all, line) => setLine(all, environment ? `${table}.vars` : "vars", line), withLines);
  if (says(changed, environment, parse(lines.join("\n")), vars)) return changed;
  const where = environment ? ` at [env.${environment}]` : "";
  throw new Problem(`wrangler.toml has to be changed by hand${where}: ${[...lines, ...variables].join("; ")}`);
}

function says(text, environment, wanted, vars) {
  try {
    const top = parse(text);
    const section = environment ? top.env[environment] : top;
    const has = (table, entries) => Object.entries(entries).every(([name, value]) => isDeepStrictEqual(table?.[name], value));
    return has(section, wanted) && has(section.vars, vars);
  } catch {
    return false;
  }
}
