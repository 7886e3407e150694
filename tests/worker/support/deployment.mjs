// `npm run deploy` on a copy of the project's configuration, with the real wrangler or with one that writes down what it is asked.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../harness/config.mjs";

export const ISSUER = "https://login.treeline.test";
const EXAMPLE = "https://login.example.com";
const recorder = fileURLToPath(new URL("recording_wrangler.mjs", import.meta.url));

export const projectToml = () => readFileSync(join(root, "wrangler.toml"), "utf8");

/** wrangler.toml as an operator has it: with an issuer of one's own and the domain for it. */
export const operatorToml = () =>
  `routes = [{ pattern = "${new URL(ISSUER).hostname}", custom_domain = true }]\n${projectToml().replace(EXAMPLE, ISSUER)}`;

/** A directory with such a file; `t` is the test after which it goes. { file, home, path(name), read() } */
export function deployment(t, toml = operatorToml()) {
  const directory = mkdtempSync(join(tmpdir(), "treeline-deployment-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  symlinkSync(join(root, "build"), join(directory, "build"));
  const path = (name) => join(directory, name);
  mkdirSync(path("home"));
  writeFileSync(path("wrangler.toml"), toml);
  return { file: path("wrangler.toml"), home: path("home"), path, read: () => readFileSync(path("wrangler.toml"), "utf8") };
}

/**
 * Runs `npm run deploy` there: { code, out, err, text, calls }. `answers` is what wrangler says to each command, by its words: { code, out, err };
 * with them wrangler is the recorder, and `calls` are what it was asked: [{ command, args, env, input }]. `npm`: by npm, as operators do.
 */
export async function deploy({ file, home, path }, args, { answers, env = {}, npm = false } = {}) {
  const { all, record } = surroundings({ home, path }, { answers, env });
  const script = npm ? ["npm", "run", "--silent", "deploy", "--"] : [process.execPath, "scripts/deploy.mjs"];
  const [command, ...rest] = [...script, ...args, "--config", file];
  const outcome = await run(command, rest, all);
  return { ...outcome, calls: calls(record) };
}

/** The same at a terminal of its own, where `typed` answers the questions in their order: [[question, answer]]. */
export async function deployAtTerminal({ file, home, path }, args, { answers, env = {}, typed = [] }) {
  const { all, record } = surroundings({ home, path }, { answers, env });
  const command = [process.execPath, "scripts/deploy.mjs", ...args, "--config", file].map((word) => `'${word}'`).join(" ");
  const outcome = await run("script", ["-qec", command, "/dev/null"], all, typed);
  return { ...outcome, calls: calls(record) };
}

// Nobody is logged in here, and nobody can be reached: what needs an account or its API fails.
function surroundings({ home, path }, { answers, env }) {
  const record = path("calls.jsonl");
  const all = { ...process.env, HOME: home, XDG_CONFIG_HOME: home, CLOUDFLARE_API_BASE_URL: "http://127.0.0.1:1", ...env };
  for (const name of ["CLOUDFLARE_API_TOKEN", "CLOUDFLARE_ACCOUNT_ID"]) if (!(name in env)) delete all[name];
  if (answers) Object.assign(all, { TREELINE_WRANGLER: recorder, RECORD: record, ANSWERS: JSON.stringify(answers) });
  return { all, record };
}

const calls = (record) =>
  existsSync(record) ? readFileSync(record, "utf8").trim().split("\n").filter(Boolean).map((line) => JSON.parse(line)) : [];

function run(command, args, env, typed) {
  const child = spawn(command, args, { cwd: root, env, stdio: [typed ? "pipe" : "ignore", "pipe", "pipe"] });
  const said = { out: "", err: "" };
  const questions = [...(typed ?? [])];
  let seen = 0;
  child.stdout.on("data", (chunk) => {
    said.out += chunk;
    while (questions.length && said.out.indexOf(questions[0][0], seen) >= 0) {
      seen = said.out.indexOf(questions[0][0], seen) + questions[0][0].length;
      // The question is shown a moment before the answer is listened for.
      const [, answer] = questions.shift();
      setTimeout(() => child.stdin.write(`${answer}\r`), 300);
    }
  });
  child.stderr.on("data", (chunk) => (said.err += chunk));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, ...said, text: said.out + said.err }));
  });
}
