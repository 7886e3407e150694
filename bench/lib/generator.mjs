// The load, in a process of its own: what it computes is in nobody's account. It does one task at a time, as it is told by messages.
import { setTimeout as pause } from "node:timers/promises";
import autocannon from "autocannon";
import { cpuTime } from "./accounting.mjs";
import { ACCOUNT, OPERATIONS } from "./operations.mjs";
import { Party } from "./party.mjs";

/** So many codes are made before any of them is redeemed. */
const SUPPLY = 128;

const parties = new Map();
const prepared = new Map();

function partyOf({ contender, target }) {
  if (!parties.has(contender)) parties.set(contender, new Party(target));
  return parties.get(contender);
}

const percentile = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];

/** Does `work` of every item, `connections` at once. */
async function together(items, connections, work) {
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) await work(item, index);
  };
  await Promise.all(Array.from({ length: connections }, worker));
}

class Stretch {
  latencies = [];
  elapsed = 0;
  cpu = 0;
  #pid;

  constructor(pid) {
    this.#pid = pid;
  }

  /** Measures `work`; what it does in between, `timed`, is one operation. */
  async during(work) {
    const [began, spent] = [performance.now(), cpuTime(this.#pid)];
    await work(async (operation) => {
      const before = performance.now();
      const done = await operation();
      this.latencies.push(performance.now() - before);
      return done;
    });
    this.elapsed += performance.now() - began;
    this.cpu += cpuTime(this.#pid) - spent;
  }

  result() {
    const operations = this.latencies.length;
    const sorted = this.latencies.sort((a, b) => a - b);
    return { operations, rate: (operations * 1000) / this.elapsed, cpu: this.cpu / operations, p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) };
  }
}

/** A document is read by autocannon, which computes less for each request than Node's client. */
async function readPage({ target, pid, seconds, connections }, path) {
  const stretch = new Stretch(pid);
  await stretch.during(async () => {
    const options = { url: target.address + path, connections, duration: seconds, headers: { host: new URL(target.issuer).host } };
    const result = await new Promise((resolve, reject) => {
      const cannon = autocannon(options, (error, done) => (error ? reject(error) : resolve(done)));
      cannon.on("response", (client, status, bytes, milliseconds) => stretch.latencies.push(milliseconds));
    });
    if (result.non2xx || result.errors || !result["2xx"]) throw new Error(`${path}: ${result["2xx"]} answers, ${result.non2xx} not 2xx, ${result.errors} errors`);
  });
  return stretch.result();
}

/** Each person's state is with one worker at a time: a refresh token is used once. */
async function goRound({ pid, seconds, connections }, party, operation, states) {
  const stretch = new Stretch(pid);
  const end = performance.now() + seconds * 1000;
  await stretch.during(async (timed) => {
    const worker = async (_, first) => {
      for (let at = first; performance.now() < end; at = at + connections < states.length ? at + connections : first) {
        states[at] = await timed(() => operation.step(party, states[at]));
      }
    };
    await Promise.all(Array.from({ length: Math.min(connections, states.length) }, worker));
  });
  return stretch.result();
}

async function spend({ pid, seconds, connections, target }, party, operation) {
  const stretch = new Stretch(pid);
  while (stretch.elapsed < seconds * 1000) {
    const supply = [];
    await together(Array.from({ length: SUPPLY }), connections, async (_, i) => {
      supply[i] = await operation.begin(party, target.users[i % target.users.length]);
    });
    await stretch.during((timed) => together(supply, connections, (item) => timed(() => operation.step(party, item))));
  }
  return stretch.result();
}

/** So many requests a second, whatever becomes of them, each timed from the moment that it was due. */
async function atRate(perSecond, seconds, work) {
  const latencies = [];
  const began = performance.now();
  const pending = [];
  for (let i = 0; i < perSecond * seconds; i++) {
    const due = began + (i * 1000) / perSecond;
    if (due > performance.now()) await pause(due - performance.now());
    pending.push(work().then(() => latencies.push(performance.now() - due)));
  }
  await Promise.all(pending);
  const sorted = latencies.sort((a, b) => a - b);
  return { answered: sorted.length, rate: (sorted.length * 1000) / (performance.now() - began), p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) };
}

/** Two people: how long one waits, alone and while the other is hammered. */
async function hammer({ target, hammer: { perSecond, besidePerSecond, seconds } }, party, operation) {
  const [victim, other] = await Promise.all(target.users.slice(0, 2).map((user) => operation.begin(party, user)));
  const beside = () => atRate(besidePerSecond, seconds, () => operation.step(party, other));
  await beside();
  const alone = await beside();
  const [under, hammered] = await Promise.all([beside(), atRate(perSecond, seconds, () => operation.step(party, victim))]);
  return { alone, beside: under, hammered };
}

async function run(task) {
  const operation = OPERATIONS[task.operation] ?? ACCOUNT;
  const party = partyOf(task);
  if (task.hammer) return hammer(task, party, operation);
  if (operation.page) return readPage(task, task.target.paths[operation.page]);
  if (operation.spends) return spend(task, party, operation);
  const key = `${task.contender} ${task.operation}`;
  if (!prepared.has(key)) {
    const states = [];
    await together(task.target.users, task.connections, async (user, i) => {
      states[i] = await operation.begin(party, user);
    });
    prepared.set(key, states);
  }
  return goRound(task, party, operation, prepared.get(key));
}

process.on("message", async (task) => {
  try {
    process.send({ result: await run(task) });
  } catch (error) {
    // What was under way is answered or fails by itself; nothing of it counts any more.
    await pause(50);
    process.send({ error: error.message });
  }
});
process.on("disconnect", () => process.exit());
