// Scripts of package.json as somebody runs them: what they say, and what they leave behind.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { root } from "../harness/config.mjs";

/** Runs `npm run` with a script; `.text` is what it has printed, `.ended` its exit code. */
export function run(script, variables) {
  const env = { ...process.env, ...variables };
  for (const name of ["TREELINE_READY", "ISSUER"]) if (!(name in variables)) delete env[name];
  const npm = spawn("npm", ["run", script], { cwd: root, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  npm.text = "";
  for (const stream of [npm.stdout, npm.stderr]) stream.on("data", (chunk) => (npm.text += chunk));
  npm.ended = new Promise((resolve) => npm.once("close", resolve));
  return npm;
}

/** Resolves once it has printed something that matches. */
export async function said(npm, pattern) {
  while (!pattern.test(npm.text)) {
    assert.equal(npm.exitCode, null, `npm ended:\n${npm.text}`);
    await pause(50);
  }
}

/** Every process that a script brought which keeps its secrets in `secretsFile`: all of them carry its environment. */
export const survivors = (secretsFile) =>
  readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
    try {
      return pid !== process.pid && readFileSync(`/proc/${pid}/environ`, "utf8").includes(`DEV_VARS=${secretsFile}`);
    } catch {
      return false;
    }
  });

export async function assertNobodyStays(secretsFile) {
  for (let tries = 0; survivors(secretsFile).length && tries < 100; tries++) await pause(50);
  assert.deepEqual(survivors(secretsFile).map((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")), []);
}
