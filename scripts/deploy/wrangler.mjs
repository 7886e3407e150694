// The one place that runs wrangler. TREELINE_WRANGLER names another executable than the one that package-lock.json pins.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "../groups.mjs";
import { Problem } from "./problem.mjs";

// wrangler has no use for these, so it does not get them where the operator has them in the environment.
const SECRETS = ["SEAL_KEY", "SEAL_KEY_PREVIOUS", "KEY_ENCRYPTION_KEY", "SUBJECT_SALT", "ADMIN_TOKEN", "REGISTRATION_TOKEN"];

/** What an answer of wrangler's looks like without its colours. */
const plain = (text) => text.replace(/\u001b\[[0-9;]*m/g, "").trim();

export class Wrangler {
  #file;
  #environment;
  #env;

  /** For one environment of one wrangler.toml; `env` is the set-up's. */
  constructor({ file, environment }, env) {
    this.#file = file;
    this.#environment = environment;
    this.#env = { ...env, WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true" };
    for (const name of SECRETS) delete this.#env[name];
  }

  /** From now on everything is done in this account. */
  useAccount(id) {
    this.#env.CLOUDFLARE_ACCOUNT_ID = id;
  }

  /** Who is logged in: { email, accounts: [{ id, name }] }, or undefined. */
  async whoami() {
    const { code, out, err } = await this.#run(["whoami", "--json"], { scoped: false });
    const answer = readJson(out);
    if (answer?.loggedIn === false) return undefined;
    return answer ?? fail("wrangler whoami", code, out, err);
  }

  /** The account's KV namespaces: [{ id, title }]. */
  async namespaces() {
    const { code, out, err } = await this.#run(["kv", "namespace", "list"]);
    return (code === 0 && readJson(out)) || fail("wrangler kv namespace list", code, out, err);
  }

  /** The names of the Worker's secrets, or undefined where there is no such Worker yet. */
  async secrets() {
    const { code, out, err } = await this.#run(["secret", "list"]);
    if (code !== 0 && /Worker ".*" .*not found/.test(plain(err + out))) return undefined;
    const list = (code === 0 && readJson(out)) || fail("wrangler secret list", code, out, err);
    return list.map(({ name }) => name);
  }

  /** Uploads secrets, in one request, through the standard input: they are seen by no other process and in no file. */
  async putSecrets(values) {
    const { code, out, err } = await this.#run(["secret", "bulk"], { input: JSON.stringify(values) });
    if (code !== 0) fail("wrangler secret bulk", code, out, err);
  }

  /** Deploys; wrangler has the terminal meanwhile, because it may have questions. */
  async deploy() {
    const { code } = await this.#run(["deploy"], { terminal: true });
    if (code !== 0) throw new Problem(`wrangler deploy ended with status ${code}; what it says is above`);
  }

  /** Builds and checks what would be deployed; what wrangler says of its size. */
  async rehearse(vars) {
    const given = Object.entries(vars).flatMap(([name, value]) => ["--var", `${name}:${value}`]);
    const { code, out, err } = await this.#run(["deploy", "--dry-run", ...given]);
    if (code !== 0) fail("wrangler deploy --dry-run", code, out, err);
    return /Total Upload: (.*)/.exec(plain(out))?.[1] ?? "";
  }

  #run(args, { input, terminal = false, scoped = true } = {}) {
    // An empty name is the top level, whatever CLOUDFLARE_ENV says.
    const scope = scoped ? ["--config", this.#file, `--env=${this.#environment}`] : [];
    const executable = process.env.TREELINE_WRANGLER || join(root, "node_modules/.bin/wrangler");
    const stdio = terminal ? "inherit" : [input === undefined ? "ignore" : "pipe", "pipe", "pipe"];
    const child = spawn(executable, [...args, ...scope], { cwd: root, env: this.#env, stdio });
    const said = { out: "", err: "" };
    child.stdout?.on("data", (chunk) => (said.out += chunk));
    child.stderr?.on("data", (chunk) => (said.err += chunk));
    child.stdin?.on("error", () => {}); // A wrangler that ends before it has read everything says so by its status.
    child.stdin?.end(input);
    return new Promise((resolve, reject) => {
      child.once("error", ({ message }) => reject(new Problem(`wrangler cannot be run: ${message}`)));
      child.once("close", (code) => resolve({ code: code ?? 1, ...said }));
    });
  }
}

function readJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fail(command, code, out, err) {
  const said = plain(err + out).replace(/^/gm, "  ");
  throw new Problem(`${command} ended with status ${code}:\n${said}`);
}
