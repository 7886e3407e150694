// The command-line client as a process of its own.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "../harness/config.mjs";

const program = join(root, "bin/treeline.mjs");

/**
 * Runs treeline with these words: { code, out, err, json() }. `env` alone says where the provider is, but for what Node itself needs; `input` is standard
 * input, which is empty without it.
 */
export async function treeline(words, { env = {}, input = "", cwd = root } = {}) {
  const child = spawn(process.execPath, [program, ...words], { cwd, env: { PATH: process.env.PATH, ...env } });
  const said = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk) => (said.out += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk) => (said.err += chunk));
  child.stdin.on("error", () => {}); // it has ended without reading
  child.stdin.end(input);
  const code = await new Promise((resolve) => child.once("close", resolve));
  return { code, ...said, json: () => JSON.parse(said.out) };
}

const TYPIST = `
import os, pty, sys, json
answers = json.load(sys.stdin)
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
seen = b""
while True:
    try:
        chunk = os.read(terminal, 4096)
    except OSError:
        break
    if not chunk:
        break
    seen += chunk
    if answers and answers[0][0].encode() in seen:
        os.write(terminal, answers.pop(0)[1].encode())
_, status = os.waitpid(pid, 0)
print(json.dumps({"code": os.waitstatus_to_exitcode(status), "screen": seen.decode()}))
`;

/** The same at a terminal, where somebody types: \`answers\` are pairs of what has to be on the screen and what is typed then. { code, screen } */
export async function atTerminal(words, { env = {}, answers }) {
  const child = spawn("python3", ["-c", TYPIST, process.execPath, program, ...words], { cwd: root, env: { PATH: process.env.PATH, ...env } });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => (out += chunk));
  child.stderr.pipe(process.stderr);
  child.stdin.end(JSON.stringify(answers));
  await new Promise((resolve) => child.once("close", resolve));
  return JSON.parse(out);
}
