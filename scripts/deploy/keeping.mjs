// Where the operator finds the secrets that were made: each is shown or written down once, and nothing can read it back later.
import { existsSync, writeFileSync } from "node:fs";
import { Problem } from "./problem.mjs";
import { FOR_THE_OPERATOR } from "./secrets.mjs";
import { ask, isTerminal, note } from "./terminal.mjs";

/** Settles where secrets of these names will be kept, before any is made: a file, or undefined for the terminal. */
export async function settleKeeping(names, { saveSecrets, yes }) {
  if (!names.length) return undefined;
  if (saveSecrets) return free(saveSecrets);
  if (!isTerminal()) throw new Problem(`nobody would ever know ${names.join(", ")}: name a new file for the secrets with --save-secrets FILE`);
  const hidden = names.filter((name) => !FOR_THE_OPERATOR.includes(name));
  if (!hidden.length || yes) return undefined;
  note(`${hidden.join(", ")} cannot be read back later, and without them nothing can be rotated or restored.`);
  const file = (await ask("A new file to keep all secrets in (empty: none): ")).trim();
  return file ? free(file) : undefined;
}

function free(file) {
  if (existsSync(file)) throw new Problem(`--save-secrets: ${file} is there already; what it holds may be the only copy, so name another file`);
  return file;
}

/** Writes them down; before they are uploaded, so that what is in use is never known to nobody. */
export function keep(file, values) {
  if (!file) return;
  const text = Object.entries(values).map(([name, value]) => `${name}=${value}\n`);
  try {
    writeFileSync(file, text.join(""), { mode: 0o600, flag: "wx" });
  } catch (error) {
    throw new Problem(`--save-secrets: ${file} cannot be written: ${error.code ?? error.message}`);
  }
}

/** The last lines for the operator: where the secrets are, or what they are. */
export function show(file, values) {
  const names = Object.keys(values);
  if (!names.length) return;
  if (file) return console.log(`\n${names.join(", ")}: in ${file}, which only you can read. Move it to a safe place.`);
  if (!isTerminal()) return;
  const shown = names.filter((name) => FOR_THE_OPERATOR.includes(name));
  if (shown.length) console.log(`\nShown this once; keep it in a safe place:\n${shown.map((name) => `  ${name}  ${values[name]}`).join("\n")}`);
}
