// The secrets of a provider that runs on this machine: made once, kept out of the repository, readable by their owner alone.
import { randomBytes } from "node:crypto";
import { appendFileSync, chmodSync, existsSync, readFileSync } from "node:fs";

const FRESH = {
  SEAL_KEY: () => randomBytes(32).toString("base64url"),
  SUBJECT_SALT: () => randomBytes(16).toString("hex"),
  ADMIN_TOKEN: () => randomBytes(32).toString("base64url"),
};

const parse = (text) => Object.fromEntries([...text.matchAll(/^(\w+)\s*=\s*"?([^"\n]*?)"?\s*$/gm)].map(([, name, value]) => [name, value]));

/** The variables in `file`, where there is one. */
export const readDevVars = (file) => parse(existsSync(file) ? readFileSync(file, "utf8") : "");

/** Reads `file`, adding whichever secret it lacks. */
export function devVars(file) {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const vars = parse(text);
  for (const [name, make] of Object.entries(FRESH)) {
    if (vars[name]) continue;
    vars[name] = make();
    const newline = text && !text.endsWith("\n") ? "\n" : "";
    appendFileSync(file, `${newline}${name}=${vars[name]}\n`, { mode: 0o600 });
  }
  chmodSync(file, 0o600);
  return vars;
}
