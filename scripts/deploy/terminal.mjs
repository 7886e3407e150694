// What the operator reads and answers. Questions are only asked at a terminal.
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { Problem } from "./problem.mjs";

const WIDTH = 15;

export const isTerminal = () => Boolean(process.stdin.isTTY && process.stdout.isTTY);

/** One line for a step and its result. */
export const step = (name, result) => console.log(`${name.padEnd(WIDTH)}${result}`);

/** Another line of the same step. */
export const note = (text) => console.log(`${" ".repeat(WIDTH)}${text}`);

/** Asks for a line. */
export const ask = (question) => read(question, process.stdout);

/** Asks for a line that is not shown. */
export async function askHidden(question) {
  process.stdout.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const answer = await read("", nowhere);
  process.stdout.write("\n");
  return answer;
}

/** Goes on only where the operator agrees: by `--yes`, or by answering. */
export async function confirm(question, { yes }) {
  if (yes) return;
  if (!isTerminal()) throw new Problem(`nobody can be asked here: ${question} If that is right, say --yes`);
  if (!/^y(es)?$/i.test((await ask(`${question} [y/N] `)).trim())) throw new Problem("nothing was done");
}

async function read(question, output) {
  const lines = createInterface({ input: process.stdin, output, terminal: true });
  const closed = new Promise((_, reject) => lines.once("close", () => reject(new Problem("nothing was done"))));
  try {
    return await Promise.race([lines.question(question), closed]);
  } finally {
    closed.catch(() => {});
    lines.close();
  }
}
