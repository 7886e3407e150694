// One contender's process: workerd with a configuration of its own, or Node.
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import workerd from "workerd";
import { freePort, request } from "../../tests/worker/harness/http.mjs";
import { listening } from "../../tests/worker/harness/listening.mjs";
import { writeConfig } from "./capnp.mjs";
import { adopt, discard, end, scratch } from "./ending.mjs";
import { Failure } from "./failure.mjs";

const START_LIMIT_MS = 30_000;
const SHOWN = 20_000;

/** `wanted` where nothing listens there, or a free port. */
export async function portFor(wanted) {
  if (!wanted) return freePort();
  const probe = createServer();
  await new Promise((resolve, reject) => {
    probe.once("error", ({ code }) => reject(new Failure(`port ${wanted} cannot be listened on: ${code === "EADDRINUSE" ? "something is there already" : code}`)));
    probe.listen(wanted, "127.0.0.1", resolve);
  });
  await new Promise((resolve) => probe.close(resolve));
  return wanted;
}

/** Starts a program. What it writes goes to a file: a pipe would wake its reader at every line, on the program's account. */
function begin(program, args, { env, more = [] } = {}) {
  const path = join(scratch(), "log");
  const file = openSync(path, "a");
  const child = adopt(spawn(program, args, { env, stdio: ["ignore", file, file, ...more] }));
  closeSync(file);
  child.log = () => readFileSync(path, "utf8").slice(-SHOWN);
  return child;
}

/** Waits for all sockets of a workerd: { child, ports }. */
function launch(config, sockets) {
  const child = begin(workerd.default, ["serve", "--experimental", "--control-fd=3", config], { more: ["pipe"] });
  return new Promise((resolve, reject) => {
    const fail = (what) => end(child).then(() => reject(new Failure(`workerd ${what}:\n${child.log()}`)));
    const timer = setTimeout(fail, START_LIMIT_MS, "did not start");
    child.ended.then(() => {
      clearTimeout(timer);
      fail("ended");
    });
    listening(child, sockets).then((ports) => {
      clearTimeout(timer);
      resolve({ child, ports });
    });
  });
}

/** Runs `start` and says how long it took until `path` was answered, in milliseconds. */
async function timed(start, answers) {
  const began = performance.now();
  const started = await start();
  for (;;) {
    if (await answers(started).then(() => true, () => false)) return { ...started, startMs: performance.now() - began };
    if (performance.now() - began > START_LIMIT_MS) throw new Failure(`no answer within ${START_LIMIT_MS} ms:\n${started.child.log()}`);
    await pause(2);
  }
}

async function answered(url) {
  const answer = await request(url);
  if (answer.status >= 500) throw new Failure(`${url} answers ${answer.status}`);
}

/**
 * Starts a Worker on workerd; it has answered `probe` once when this resolves.
 * `worker`: as writeConfig takes it, or a function of the address that it will have; `storage`, `metered`: likewise; `port`: where it listens.
 */
export async function startWorker({ worker, probe, storage = "disk", metered = false, port: wanted }) {
  const port = await portFor(wanted);
  const directory = scratch();
  const url = `http://localhost:${port}`;
  const described = typeof worker === "function" ? worker(url) : worker;
  const sockets = writeConfig(directory, { worker: described, port, disk: join(directory, "storage"), storage, metered });
  const start = () => timed(() => launch(join(directory, "config.capnp"), sockets), () => answered(`http://127.0.0.1:${port}${probe}`));
  let running = await start();
  const ask = async (socket, path) => (await request(`http://127.0.0.1:${running.ports[socket]}${path}`)).text;
  return {
    url,
    vars: described.vars,
    get pid() {
      return running.child.pid;
    },
    get startMs() {
      return running.startMs;
    },
    /** Where KV is reached past the Worker. */
    kv: () => `http://127.0.0.1:${running.ports.kv}`,
    log: () => running.child.log(),
    /** { kv: the operations, objects: by binding what they were asked and did }. */
    async counts() {
      return { kv: JSON.parse(await ask("kv-control", "/kv/counts")), objects: JSON.parse(await ask("meter", "/")) };
    },
    async resetCounts() {
      await ask("kv-control", "/kv/reset");
      await ask("meter", "/reset");
    },
    async restart() {
      await end(running.child);
      running = await start();
    },
    async stop() {
      await end(running.child);
      discard(directory);
    },
  };
}

/** Starts `module` on Node with PORT in its environment; it has answered `probe` once when this resolves. */
export async function startNode({ module, env, probe, port: wanted }) {
  const port = await portFor(wanted);
  const url = `http://localhost:${port}`;
  const launchNode = async () => {
    return { child: begin(process.execPath, [module], { env: { ...process.env, ...env, PORT: port, ISSUER: url } }) };
  };
  const start = () =>
    timed(launchNode, async ({ child }) => {
      if (child.exitCode !== null) throw new Failure(`${module} ended:\n${child.log()}`);
      await answered(`http://127.0.0.1:${port}${probe}`);
    });
  let running = await start();
  return {
    url,
    get pid() {
      return running.child.pid;
    },
    get startMs() {
      return running.startMs;
    },
    log: () => running.child.log(),
    async restart() {
      await end(running.child);
      running = await start();
    },
    stop: () => end(running.child),
  };
}

