// What a command is given beside its arguments: files, standard input, and answers at the terminal. A password is never an argument, where every process of
// the machine could read it.
import { readFileSync } from "node:fs";
import { Failure, misused } from "./failure.mjs";

const ENTER = ["\r", "\n", "\u0004"];
const ERASE = ["\u007f", "\b"];
const INTERRUPT = "\u0003";

function fileText(path) {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new Failure(`${path} cannot be read: ${error.code ?? error.message}`);
  }
}

async function stdinText() {
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** The JSON object in a file; `-` is standard input. */
export async function jsonObject(path) {
  const name = path === "-" ? "standard input" : path;
  const text = path === "-" ? await stdinText() : fileText(path);
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Failure(`${name} is not JSON: ${error.message}`);
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) throw new Failure(`${name} has to hold a JSON object`);
  return value;
}

/** The first line of a file, without the spaces around it. */
export const firstLine = (path) => fileText(path).split("\n", 1)[0].trim();

/** Asks for a line at the terminal; where it `hides` what is typed, nothing of it is shown, not even how long it is. */
function ask(question, { hides }) {
  const { stdin, stderr } = process;
  // Before the question: whoever sees it may type at once.
  if (hides) stdin.setRawMode(true);
  stdin.setEncoding("utf8");
  stderr.write(question);
  return new Promise((resolve, reject) => {
    let typed = "";
    const end = (settle, value) => {
      stdin.off("data", read);
      stdin.off("end", closed);
      if (hides) {
        stdin.setRawMode(false);
        stderr.write("\n");
      }
      stdin.pause();
      settle(value);
    };
    const closed = () => end(resolve, typed);
    const read = (chunk) => {
      for (const character of chunk) {
        if (ENTER.includes(character)) return closed();
        if (character === INTERRUPT) return end(reject, new Failure("interrupted"));
        typed = ERASE.includes(character) ? [...typed].slice(0, -1).join("") : typed + character;
      }
    };
    stdin.on("data", read);
    stdin.once("end", closed);
    stdin.resume();
  });
}

/** A new password: typed twice at a terminal, or the first line of standard input. */
export async function newPassword(username) {
  if (!process.stdin.isTTY) {
    const line = (await stdinText()).split("\n", 1)[0].replace(/\r$/, "");
    if (!line) throw new Failure("standard input has no password", { hint: "type it at a terminal, or pipe one line" });
    return line;
  }
  const password = await ask(`New password for ${username}: `, { hides: true });
  if (password !== (await ask("Once more: ", { hides: true }))) throw new Failure("the two are not the same; nothing has changed");
  return password;
}

/** Goes on only if the person wants it, or has said --yes. */
export async function confirmed(what, { yes }) {
  if (yes) return;
  if (!process.stdin.isTTY) throw misused(`${what} cannot be undone`, "add --yes to do it without a question");
  const answer = await ask(`${what} cannot be undone. Go on? [y/N] `, { hides: false });
  if (!/^y(es)?$/i.test(answer.trim())) throw new Failure("nothing has changed");
}
