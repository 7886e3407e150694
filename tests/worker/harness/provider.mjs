// A provider of one's own: the built Worker on workerd itself, with its storage on disk and every call counted.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import workerd from "workerd";
import { root, writeConfig } from "./config.mjs";
import { freePort, request } from "./http.mjs";
import { listening } from "./listening.mjs";

const START_LIMIT_MS = 30_000;

const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));
for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]]) process.once(signal, () => process.exit(code));

export const freshSecrets = () => ({
  SEAL_KEY: randomBytes(32).toString("base64url"),
  SUBJECT_SALT: randomBytes(16).toString("hex"),
  ADMIN_TOKEN: randomBytes(32).toString("base64url"),
});

// Two providers on one directory are the same provider at two times, so its secrets lie beside its data.
function keptSecrets(dir) {
  const file = join(dir, "secrets.json");
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    const secrets = freshSecrets();
    writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 });
    return secrets;
  }
}

/** Starts workerd and resolves once every socket listens. */
function launch(directory, log) {
  const child = spawn(workerd.default, ["serve", "--experimental", "--control-fd=3", join(directory, "config.capnp")], {
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  running.add(child);
  child.exited = new Promise((resolve) => child.once("exit", resolve)).then(() => running.delete(child));
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => log.push(chunk));
  return new Promise((resolve, reject) => {
    const fail = (reason) => {
      child.kill("SIGKILL");
      reject(new Error(`workerd ${reason}:\n${Buffer.concat(log)}`));
    };
    const timer = setTimeout(() => fail("did not start"), START_LIMIT_MS);
    child.exited.then(() => fail("ended"));
    listening(child, ["http", "control"]).then((ports) => {
      clearTimeout(timer);
      resolve({ child, control: `http://127.0.0.1:${ports.control}` });
    });
  });
}

/**
 * Starts a provider.
 * `issuer`: defaults to http://localhost:PORT. `vars`: more text bindings, or other values for those of wrangler.toml and
 * the secrets. `dir`: where its storage stays; otherwise it goes with stop(). `delayKvMs`: latency of every KV operation.
 * `delayObjectsMs`: latency of the objects and their storage, as of delayObjects(). `build`, `objects`: another Worker than the
 * checkout's, and its object bindings. `plain`: objects are neither counted, delayed, evicted nor broken, for measurements.
 * `counters`: whether a dataset is bound as ANALYTICS. `rateLimit`: how much a RATE_LIMITER lets pass; without it none is bound.
 */
export async function startProvider(options = {}) {
  const { issuer, vars = {}, dir, delayKvMs = 0, delayObjectsMs = 0, build = join(root, "build"), objects, plain = false } = options;
  const { counters = false, rateLimit } = options;
  const scratch = mkdtempSync(join(tmpdir(), "treeline-"));
  const disk = dir ?? scratch;
  mkdirSync(disk, { recursive: true });
  const port = await freePort();
  const secrets = keptSecrets(disk);
  const bindings = { ISSUER: issuer ?? `http://localhost:${port}`, REGISTRATION: "open", ...secrets, ...vars };
  const configure = (workers) =>
    writeConfig(scratch, { build, plain, port, vars: bindings, disk, objects, workers, counters, rateLimit });
  const namespaces = configure([]);

  const log = [];
  let server;
  const ask = (path, json) => request(server.control + path, { json, method: json ? "POST" : "GET" });
  const start = async () => {
    server = await launch(scratch, log);
    if (delayKvMs) await op.delayKv(delayKvMs);
    if (delayObjectsMs) await op.delayObjects(delayObjectsMs);
  };
  const kill = async () => {
    server.child.kill("SIGKILL");
    await server.child.exited;
  };

  const op = {
    url: `http://127.0.0.1:${port}`,
    issuer: bindings.ISSUER,
    adminToken: bindings.ADMIN_TOKEN,
    secrets: { SEAL_KEY: bindings.SEAL_KEY, SUBJECT_SALT: bindings.SUBJECT_SALT, ADMIN_TOKEN: bindings.ADMIN_TOKEN },
    get pid() {
      return server.child.pid;
    },
    /** One request to the provider as its clients address it: at the issuer's host. */
    request: (path, { headers, ...rest } = {}) =>
      request(op.url + path, { headers: { host: new URL(op.issuer).host, ...headers }, ...rest }),
    /** `kv`, the operations, `bulk` being reads of many keys at once; by namespace: `objects`, the calls; `written`, rows written and alarms set; `constructed`, how often an object came into memory. */
    async counts() {
      const none = Object.fromEntries(namespaces.map((name) => [name, 0]));
      const { calls, written, constructed } = plain ? {} : (await ask("/objects/counts")).json();
      const kv = (await ask("/kv/counts")).json();
      return { kv, objects: { ...none, ...calls }, written: { ...none, ...written }, constructed: { ...none, ...constructed } };
    },
    async resetCounts() {
      await ask("/kv/reset");
      if (!plain) await ask("/objects/reset");
    },
    /** `how` is "hang", "throw", "panic" or null; it holds for every object of the namespace, until restart(). */
    breakObjects: (namespace, how) => ask("/objects/break", { [namespace]: how }),
    /**
     * Latency of every object: before it takes a call, after each asynchronous operation of its storage, and before its answer goes out, when what
     * it has written is written. Other calls come in between.
     */
    delayObjects: (latency) => ask("/objects/delay", { latency }),
    /** Aborts every object in memory, whatever it is about, as a crash or a deployment does: the number of them. The next call constructs it anew. */
    evictObjects: async () => (await ask("/objects/evict", {})).json(),
    /** Whether every call finds its object out of memory, until restart(): before it the object is evicted, once it is idle, as the runtime does. */
    evictBeforeCalls: (evicts) => ask("/objects/evict-before-calls", evicts),
    /** { points, counted }: what the dataset has, and what the limiter has counted, by key. */
    platform: async () => (await ask("/platform")).json(),
    breakKv: (broken) => ask("/kv/fault", { broken }),
    delayKv: (delay) => ask("/kv/fault", { delay }),
    storageFiles: () =>
      readdirSync(join(disk, "objects"), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name)),
    /** { key: { value, expiration?, metadata? } }, the value as text. */
    kvDump: async () => (await ask("/kv/dump")).json(),
    log: () => Buffer.concat(log).toString(),
    async restart() {
      await kill();
      await start();
    },
    /** Starts again with other Workers beside it, as `beside.mjs` takes them. Their registrations have to be there before. */
    async restartWith(workers) {
      await kill();
      configure(workers);
      await start();
    },
    async stop() {
      await kill();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
  await start();
  return op;
}

/** Creates or replaces a user through the admin API. */
export async function createUser(op, username, { password, claims = {} }) {
  const answer = await op.request(`/admin/users/${encodeURIComponent(username)}`, {
    method: "PUT",
    headers: { authorization: `Bearer ${op.adminToken}` },
    json: { password, claims },
  });
  if (answer.status >= 300) throw new Error(`PUT /admin/users/${username}: ${answer.status} ${answer.text}`);
  return answer;
}
