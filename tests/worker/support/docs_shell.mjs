// A page of the documentation as somebody follows it: its commands in a shell, its addresses in a browser, one after another, against a provider of its own.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Browser } from "../harness/browserless.mjs";
import { root } from "../harness/config.mjs";
import { createUser, startProvider } from "../harness/provider.mjs";
import { isAssignment } from "./docs.mjs";
import { DIANA, signIn } from "./relying_party.mjs";

/** What is typed where a command asks for a password. */
const TYPED = "a password that nobody guesses\n";

/** Where the pages have the provider. */
const EXAMPLES = ["https://login.example.com", "http://localhost:8787"];

/**
 * Begins a page. `vars`: those of its provider; `people`: whether diana is there; `prepare(op, shell)` brings about what the page takes for granted.
 */
export async function startShell({ vars, people = true, prepare } = {}) {
  const op = await startProvider({ vars });
  const scratch = mkdtempSync(join(tmpdir(), "treeline-docs-"));
  // Whatever a command of curl's says for itself, the status comes after it, on standard error.
  writeFileSync(join(scratch, ".curlrc"), 'silent\nshow-error\nwrite-out = "%{stderr}%{http_code}\\n"\n');
  mkdirSync(join(scratch, ".wrangler/state"), { recursive: true });
  writeFileSync(join(scratch, ".dev.vars"), Object.entries(op.secrets).map(([name, value]) => `${name}=${value}\n`).join(""));
  const shell = new Shell(op, scratch);
  if (people) await createUser(op, "diana", DIANA);
  await prepare?.(op, shell);
  return shell;
}

class Shell {
  /** What the words in capitals stand for: what was prepared, and what the answers have said since. */
  values = {};
  #assignments = [];
  #browser;

  constructor(op, scratch) {
    this.op = op;
    this.scratch = scratch;
    this.#browser = new Browser(op);
  }

  /** A file that the page names. */
  write(name, content) {
    writeFileSync(join(this.scratch, name), typeof content === "string" ? content : JSON.stringify(content));
  }

  /** What a text of the page is here. */
  here(text) {
    const placed = EXAMPLES.reduce((all, example) => all.replaceAll(example, this.op.issuer), text);
    return Object.entries(this.values).reduce((all, [name, value]) => all.replace(new RegExp(`(?<![$\\w])${name.replaceAll(".", "\\.")}(?!\\w)`, "g"), () => value), placed);
  }

  /** Runs a command: what it has printed. It has to succeed, and where it is a request, to be answered with 2xx. */
  async run(command) {
    if (isAssignment(command)) {
      this.#assignments.push(this.here(command));
      return "";
    }
    const { op, scratch } = this;
    const isScript = /^(npm|npx|node|scripts)/.test(command);
    const env = {
      PATH: process.env.PATH, HOME: process.env.HOME, CURL_HOME: scratch, ISSUER: op.issuer, ADMIN_TOKEN: op.adminToken, TREELINE_ISSUER: op.issuer, TREELINE_ADMIN_TOKEN: op.adminToken, ...this.values,
    };
    const script = [...this.#assignments, this.here(command)].join("\n");
    const { code, out, err } = await bash(script, { env, cwd: isScript ? root : scratch });
    assert.equal(code, 0, `${command}\n${out}${err}`);
    if (command.includes("curl ")) assert.match(err, /^2\d\d$/m, `${command}\n${out}${err}`);
    this.#learn(out);
    return out;
  }

  /** Opens an address as a person does who signs in and allows what is asked. */
  async open(address) {
    let page = await this.#browser.get(this.here(address));
    if (page.root.querySelector("#login")) page = await signIn(this.#browser, page);
    if (page.root.querySelector("#allow")) page = await this.#browser.submit(page, { button: "allow" });
    assert.ok([200, 303].includes(page.status), `${address}\n${page.status} ${page.text}`);
    if (!page.location) return page;
    const { searchParams, hash } = new URL(page.location);
    this.#note([...searchParams, ...new URLSearchParams(hash.slice(1))]);
    assert.equal(this.values.ERROR, undefined, page.location);
    return page;
  }

  async stop() {
    await this.op.stop();
    rmSync(this.scratch, { recursive: true, force: true });
  }

  #learn(out) {
    const answer = json(out);
    if (answer && typeof answer === "object") this.#note(Object.entries(answer).filter(([, value]) => typeof value === "string"));
  }

  #note(pairs) {
    for (const [name, value] of pairs) this.values[name.toUpperCase()] = value;
  }
}

function bash(script, { env, cwd }) {
  const child = spawn("bash", ["-c", script], { cwd, env });
  const said = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk) => (said.out += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk) => (said.err += chunk));
  child.stdin.on("error", () => {}); // it has ended without reading
  child.stdin.end(TYPED);
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, ...said })));
}

/** The value of a text that is JSON, else undefined. */
export function json(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** That a browser has come to what the page shows: the status, and headers with `...` for what differs. */
export function assertArrived(page, shown, op) {
  const [status, ...headers] = shown.split("\n");
  assert.equal(String(page.status), status.split(" ")[1]);
  for (const [name, value] of headers.map((line) => line.split(/: (.*)/))) {
    const expected = EXAMPLES.reduce((all, example) => all.replaceAll(encodeURIComponent(example), encodeURIComponent(op.issuer)), value);
    const parts = expected.split("...").map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    assert.match(page.headers[name.toLowerCase()], new RegExp(`^${parts.join("[\\w.-]+")}$`));
  }
}

/** What a page shows of a value, where only the form counts: what ends so differs from one time to the next. */
const isAny = (shown) => typeof shown === "string" && shown.endsWith("...");
const times = (value) => typeof value === "number" && value > 1_000_000_000;

/** That an answer is what the page shows: the same members in the same order, and their values but for what is `...` and for times. */
export function assertShown(real, shown, place = "the answer") {
  if (isAny(shown)) return assert.equal(typeof real, "string", place);
  if (times(shown)) return assert.ok(times(real), `${place} is ${real}`);
  if (shown === null || typeof shown !== "object") return assert.deepEqual(real, shown, place);
  // A list may be shown by its beginning.
  const some = Array.isArray(shown) && isAny(shown.at(-1)) ? shown.slice(0, -1) : shown;
  const begun = some === shown ? real : real?.slice(0, some.length);
  const { "...": others, ...members } = some;
  const names = Object.keys(begun ?? {}).filter((name) => others === undefined || name in members);
  assert.deepEqual(names, Object.keys(members), `members of ${place}`);
  for (const name of names) assertShown(begun[name], members[name], `${place}.${name}`);
}
