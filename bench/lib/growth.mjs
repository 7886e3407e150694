// What an operation costs where there is more of everything: grants in a person's tree, clients, people at once; and what one person who is hammered
// means to another. Of Treeline alone.
import { residentMemory } from "./accounting.mjs";
import { Failure } from "./failure.mjs";
import { Party } from "./party.mjs";
import { request } from "../../tests/worker/harness/http.mjs";
import { start } from "../contenders/treeline.mjs";

const TENS = [1, 10, 100, 1000, 10_000];
const CLIENTS = [1, 100, 10_000, 100_000];
const AT_ONCE = 32;
const SECONDS = 1;
/** The first rate is one that a single thread can do; the second is past what most machines can. */
const HAMMERED = [250, 1000];
const BESIDE = { besidePerSecond: 50, seconds: 4 };

/** Does `work` for `count` numbers from `from` on, some at once. */
async function repeat(from, count, work) {
  let next = from;
  const worker = async () => {
    while (next < from + count) await work(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** CPU and latency of one turn after a shorter one. */
async function figures(load, server, label, operation, target) {
  // The generator keeps what it has prepared under this name, and every server is another.
  const task = { contender: `${label}, ${server.url}`, operation, target, pid: server.pid, connections: 8 };
  await load.run({ ...task, seconds: SECONDS / 4 });
  const { cpu, p50, p99 } = await load.run({ ...task, seconds: SECONDS });
  return { cpu, p50, p99 };
}

const all = async (load, server, label, operations, target) => {
  const found = {};
  for (const operation of operations) found[operation] = await figures(load, server, `${label} ${operation}`, operation, target);
  return found;
};

/** Code that has just been loaded is slow for a while; the curves begin after that. */
async function warmUp(load, server, operations, target) {
  for (let round = 0; round < 2; round++) await all(load, server, `warm-up ${round}`, operations, target);
}

/** One person's tree grows; another's would cost what it did. */
async function grants(load, say) {
  const { server, target } = await start({});
  const party = new Party(target);
  const [user, another] = target.users;
  const operations = ["userinfo", "refresh", "introspection"];
  await warmUp(load, server, operations, { ...target, users: [another] });
  const points = [];
  // Signing in at three clients has made three; each turn of a measurement makes more, which count too.
  let made = 3;
  for (const at of TENS) {
    if (at > made) await repeat(made, at - made, () => party.authorize("web", user));
    made = Math.max(made, at);
    say(`growth: ${made} grants in one tree`);
    const before = made;
    const costs = await all(load, server, `grants ${at}`, operations, { ...target, users: [user] });
    made += 3;
    points.push({ at: before, ...costs });
  }
  await server.stop();
  return points;
}

/** KV holds more and more clients, each with a record of its own. */
async function clients(load, say) {
  const { server, target } = await start({});
  const path = (id) => `${server.kv()}/${encodeURIComponent(`client/${id}`)}?urlencoded=true`;
  const operations = ["redemption", "introspection"];
  await warmUp(load, server, operations, target);
  const record = (await request(path(target.clients.web.client_id))).text;
  const points = [];
  let made = Object.keys(target.clients).length;
  for (const at of CLIENTS) {
    if (at > made) {
      await repeat(made, at - made, async (i) => {
        const { status } = await request(path(`filler-${i}`), { method: "PUT", body: record });
        if (status !== 200) throw new Failure(`KV answers ${status} to client ${i}`);
      });
    }
    made = Math.max(made, at);
    say(`growth: ${made} clients`);
    points.push({ at: made, ...(await all(load, server, `clients ${at}`, operations, target)) });
  }
  await server.stop();
  return points;
}

/** More and more people are asked after, each an object of its own: one call each, as at userinfo, of an account without a password, which is made soonest. */
async function people(load, say) {
  const { server, target } = await start({});
  const authorization = { authorization: `Bearer ${server.vars.ADMIN_TOKEN}` };
  const party = new Party(target);
  const points = [];
  let made = 0;
  for (const at of TENS) {
    await repeat(made, at - made, async (i) => {
      const answer = await party.request(`/admin/users/somebody-${i}`, { method: "PUT", json: { claims: { name: `Somebody ${i}` } }, headers: authorization });
      if (answer.status !== 201) throw new Failure(`PUT /admin/users/somebody-${i}: ${answer.status} ${answer.text}`);
    });
    made = at;
    say(`growth: ${made} people at once`);
    const users = Array.from({ length: made }, (_, i) => ({ path: `/admin/users/somebody-${i}`, headers: authorization }));
    if (made === 1) await warmUp(load, server, ["account"], { ...target, users });
    points.push({ at: made, account: await figures(load, server, `people ${at}`, "account", { ...target, users }), memory: residentMemory(server.pid) });
  }
  await server.stop();
  return points;
}

/** A person who is asked after very often, and another one: [{ perSecond, alone, beside, hammered }], the latencies of the other without and with it. */
async function hammered(load, say) {
  const { server, target } = await start({});
  const found = [];
  for (const perSecond of HAMMERED) {
    say(`growth: one person hammered by ${perSecond} requests a second`);
    const task = { contender: `hammer ${perSecond}`, operation: "userinfo", target, pid: server.pid, hammer: { perSecond, ...BESIDE } };
    found.push({ perSecond, ...(await load.run(task)) });
  }
  await server.stop();
  return found;
}

export async function measureGrowth(load, say) {
  return { grants: await grants(load, say), clients: await clients(load, say), people: await people(load, say), hammered: await hammered(load, say) };
}
