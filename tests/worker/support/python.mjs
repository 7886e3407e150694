// The Python providers that are taken over from and given back to, in the environments that scripts/toolchain.sh --tests makes.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Runs interchange/`script` in the environment of `system`, "oidcop" or "idpyoidc": what it prints, read as JSON. */
async function run(system, script, args, { input = "", failure }) {
  const variable = `${system.toUpperCase()}_PYTHON`;
  assert.ok(process.env[variable], `${variable} is not set: run this by scripts/toolchain.sh --tests`);
  const path = fileURLToPath(new URL(`../interchange/${script}`, import.meta.url));
  // -I: nothing of the machine's own packages, only what the environment has.
  const child = spawn(process.env[variable], ["-I", path, system, ...args]);
  const said = { stdout: "", stderr: "" };
  for (const name of Object.keys(said)) child[name].setEncoding("utf8").on("data", (chunk) => (said[name] += chunk));
  const ended = new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  child.stdin.on("error", () => {}); // it gave up before it had read everything, and says why
  child.stdin.end(input);
  assert.equal(await ended, 0, `${system} ${failure}:\n${said.stderr}`);
  return JSON.parse(said.stdout);
}

/**
 * Loads a dump with `system` and walks it with that system's own methods: { users, unreached, dumped }, as interchange/walk.py
 * tells them. `at`: the time of what is active, in seconds; by default now.
 */
export const walked = (system, dump, { at = 0 } = {}) =>
  run(system, "walk.py", [String(at)], { input: JSON.stringify(dump), failure: "does not take the dump" });

/**
 * Has `system` register a client, sign a user in and issue tokens: { dump, clients, keys, salt, dumped_salt, sub, user, client_id,
 * refresh_token, late }, as interchange/issue.py tells them. `form`: that of its refresh tokens, "sealed" or "signed"; `salt`: where
 * that of subject identifiers comes from, "made", "text" or "own".
 */
export const issued = (system, { form = "sealed", salt = "made" } = {}) => run(system, "issue.py", [form, salt], { failure: "issues nothing" });
