// The Python providers that session dumps are exchanged with, in the environments that scripts/toolchain.sh --tests makes.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const WALK = fileURLToPath(new URL("../interchange/walk.py", import.meta.url));

/**
 * Loads a dump with `system`, "oidcop" or "idpyoidc", and walks it with that system's own methods:
 * { users, unreached, dumped }, as interchange/walk.py tells them. `at`: the time of what is active, in seconds; by default now.
 */
export async function walked(system, dump, { at = 0 } = {}) {
  const variable = `${system.toUpperCase()}_PYTHON`;
  assert.ok(process.env[variable], `${variable} is not set: run this by scripts/toolchain.sh --tests`);
  // -I: nothing of the machine's own packages, only what the environment has.
  const child = spawn(process.env[variable], ["-I", WALK, system, String(at)]);
  const said = { stdout: "", stderr: "" };
  for (const name of Object.keys(said)) child[name].setEncoding("utf8").on("data", (chunk) => (said[name] += chunk));
  const ended = new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  child.stdin.on("error", () => {}); // it gave up before it had read everything, and says why
  child.stdin.end(JSON.stringify(dump));
  assert.equal(await ended, 0, `${system} does not take the dump:\n${said.stderr}`);
  return JSON.parse(said.stdout);
}
