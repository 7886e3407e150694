// The documentation as data: its pages, their headings, links, blocks and the commands in them.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../harness/config.mjs";

/** What a command of the pages begins with, after the variables that it is given. */
const PROGRAMS = ["npm", "npx", "node", "curl", "bash", "sh", "cargo", "rustup", "wrangler", "treeline", "python3", "scripts/toolchain.sh", "git", "rm", "cp", "mkdir", "cd", "export", "openssl"];
const GIVEN = String.raw`(?:[A-Z_]+=(?:'[^']*'|"[^"]*"|\$\([^)]*\)|\S*))`;
const COMMAND = new RegExp(`^(?:${GIVEN} )*(?:${PROGRAMS.join("|").replaceAll(".", "\\.")}) .`);
const ASSIGNMENT = new RegExp(`^${GIVEN}$`, "m");

const files = (folder) => readdirSync(join(root, folder), { recursive: true }).map((path) => join(folder, path));

/** Every page, by its path in the repository. */
export const pages = ["README.md", ...["docs", "examples", "clients"].flatMap(files).filter((path) => path.endsWith(".md"))].filter((path) => !path.includes("node_modules")).sort();

/** The text of a file of the repository. */
export const textOf = (path) => readFileSync(join(root, path), "utf8");

/** The paths of the sources below a folder. */
export const sources = (folder) => files(folder).filter((path) => path.endsWith(".rs"));

/**
 * What a page has in its order: { kind, text, info }. A `block` is a fenced one, with what stands beside its fence as `info`, or an indented one; `prose` is
 * everything else, a paragraph or a heading at a time.
 */
export function parts(page) {
  const found = [];
  const lines = textOf(page).split("\n");
  while (lines.length) {
    const line = lines.shift();
    const fence = /^( *)```(.*)$/.exec(line);
    if (fence) {
      const end = lines.findIndex((other) => other.trim() === "```");
      found.push({ kind: "block", info: fence[2].trim(), text: lines.splice(0, end).map((other) => other.slice(fence[1].length)).join("\n") });
      lines.shift();
    } else if (/^ {4}/.test(line) && found.at(-1)?.kind === "gap") {
      const margin = /^ */.exec(line)[0];
      const end = lines.findIndex((other) => other && !other.startsWith(margin));
      const block = [line, ...lines.splice(0, end < 0 ? lines.length : end)].map((other) => other.slice(margin.length));
      found.push({ kind: "block", info: "", text: block.join("\n").trimEnd() }, { kind: "gap" });
    } else if (!line) found.push({ kind: "gap" });
    else if (found.at(-1)?.kind === "prose") found.at(-1).text += `\n${line}`;
    else found.push({ kind: "prose", text: line });
  }
  return found.filter(({ kind }) => kind !== "gap");
}

/** Whether a command only gives variables to those after it. */
export const isAssignment = (command) => ASSIGNMENT.test(command) && !command.includes("\n");

const isWhole = (text) => {
  const outside = text.replace(/\\./g, "").replace(/'[^']*'|"[^"]*"/g, "");
  return !/['"]/.test(outside) && !text.endsWith("\\");
};

/** The commands of a block of shell, each with the lines that it goes on in; none where it is something else. */
function commandsOf(text) {
  const [first] = text.split("\n", 1);
  if (!COMMAND.test(first) && !isAssignment(first)) return [];
  const commands = [];
  for (const line of text.split("\n")) {
    if (commands.length && !isWhole(commands.at(-1))) commands.push(`${commands.pop()}\n${line}`);
    else if (line && !line.startsWith("#")) commands.push(line);
  }
  return commands;
}

const spans = (text) => [...text.matchAll(/(`+)(.+?)\1/gs)].map(([, , code]) => code.replace(/\s+/g, " ")).filter((code) => COMMAND.test(code));

/**
 * The steps of a page, in its order: a { command }, or the { address } that a browser is to open; with the `answer` that is shown below it, where one is: JSON of
 * a command, a status line and headers of an address.
 */
export function steps(page) {
  const found = [];
  for (const { kind, text, info } of parts(page)) {
    if (kind === "prose") found.push(...spans(text).map((command) => ({ command })));
    else if (["json", "http"].includes(info) && found.length) found.at(-1).answer = text;
    else if (info) continue;
    else if (/^https?:\/\/\S+$/.test(text)) found.push({ address: text });
    else found.push(...commandsOf(text).map((command) => ({ command })));
  }
  return found;
}

/** The headings of a page as anchors, as GitHub names them. */
export function anchors(page) {
  const seen = new Map();
  const headings = parts(page).filter(({ kind }) => kind === "prose").flatMap(({ text }) => text.split("\n")).filter((line) => /^#+ /.test(line));
  return headings.map((line) => {
    const name = line.replace(/^#+ /, "").replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");
    const times = seen.get(name) ?? 0;
    seen.set(name, times + 1);
    return times ? `${name}-${times}` : name;
  });
}

/** The links of a page, but for what only looks like one in code. */
export function links(page) {
  const prose = parts(page).filter(({ kind }) => kind === "prose").map(({ text }) => text.replace(/`[^`]*`/g, ""));
  return prose.flatMap((text) => [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target));
}

/** The rows of a page's tables whose first cell is code, from one text of it to another: [the names in that cell, the cells]. */
export function rows(page, from = "", to = undefined) {
  const text = textOf(page);
  const lines = text.slice(text.indexOf(from), to && text.indexOf(to)).split("\n").filter((line) => line.startsWith("| `"));
  const cells = lines.map((line) => line.slice(1, -1).split(/(?<!\\)\|/).map((cell) => cell.trim()));
  return cells.map((row) => [[...row[0].matchAll(/`([^`]+)`/g)].map(([, name]) => name), row]);
}
