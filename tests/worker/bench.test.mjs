// The benchmark, its times apart: everybody who takes part starts and answers right, what is counted of Treeline stays within limits, and what is asked for
// wrongly ends with a reason. Times are the machine's and fail nothing.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { LIMITS, count, countable, exceeded } from "../../bench/counted.mjs";
import { PEERS } from "../../bench/lib/contenders.mjs";
import { gzippedSize } from "../../bench/lib/facts.mjs";
import { startLoad } from "../../bench/lib/load.mjs";
import { measure } from "../../bench/lib/measure.mjs";
import { OPERATIONS } from "../../bench/lib/operations.mjs";
import { priceOfMillion } from "../../bench/lib/price.mjs";
import { picture } from "../../bench/lib/svg.mjs";
import { floorsTooHigh, judge } from "../../bench/lib/targets.mjs";
import * as floor from "../../bench/contenders/floor.mjs";
import * as treeline from "../../bench/contenders/treeline.mjs";
import { root } from "./harness/config.mjs";

const ALL = Object.keys(OPERATIONS);

describe("the short form", () => {
  let outcome;
  before(async () => {
    outcome = await count({ peers: PEERS, operations: ALL });
  });

  test("every contender does every operation that it has", () => {
    const metered = countable(PEERS).filter(({ isMetered }) => isMetered !== false);
    assert.deepEqual(Object.keys(outcome.counted), countable(PEERS).map(({ name }) => name));
    for (const { name, operations } of metered) assert.deepEqual(Object.keys(outcome.counted[name]).sort(), [...operations].sort(), name);
    assert.ok(PEERS.includes("oidc-provider") && PEERS.includes("workers-oauth-provider") && PEERS.includes("openauth"), PEERS.join());
  });

  test("Treeline touches, writes and sends no more than its limits", () => {
    assert.deepEqual(outcome.problems, []);
  });

  test("one more of anything is past a limit", () => {
    const found = { gzipped: gzippedSize(treeline), operations: outcome.counted.treeline };
    for (const [operation, counts] of Object.entries(outcome.counted.treeline)) {
      for (const what of Object.keys(counts)) {
        const limits = structuredClone(LIMITS);
        limits.operations[operation][what] = counts[what] - 1;
        assert.equal(exceeded(found, limits).length, 1, `${operation}, ${what}`);
      }
    }
    assert.equal(exceeded({ ...found, gzipped: LIMITS.gzipped + 1 }).length, 1);
    assert.ok(exceeded({ ...found, operations: { another: { requests: 1 } } }).length, "an operation without limits");
  });

  test("the floors touch no more than Treeline does, but that one reads the client from KV each time", () => {
    const { floor: reading, "floor-remembering": remembering, treeline: own } = outcome.counted;
    assert.deepEqual(floorsTooHigh(outcome.counted), []);
    const withoutReads = Object.entries(reading).map(([operation, { kvReads: _, ...counts }]) => [operation, counts]);
    for (const [operation, counts] of [...withoutReads, ...Object.entries(remembering)]) {
      for (const what of Object.keys(counts)) {
        // A range of rows that ends with its table, as chance has it, is one row shorter to read than another.
        const most = own[operation][what] + (what === "rowsRead" ? 1 : 0);
        assert.ok(counts[what] <= most, `${operation}, ${what}: ${counts[what]} of ${most}`);
      }
    }
    assert.ok(reading.redemption.kvReads === 1 && remembering.redemption.kvReads === 0);
  });

  test("writes are counted: a redemption writes, userinfo does not, and KV is written by those that live on it", () => {
    const { treeline: own, openauth, "oidc-provider": oidc } = outcome.counted;
    for (const of of [own, oidc]) assert.ok(of.redemption.rowsWritten > 0 && of.redemption.calls > 0 && of.userinfo.rowsWritten === 0, JSON.stringify(of));
    assert.ok(openauth.redemption.kvWrites > 0);
  });
});

test("a turn under load gives CPU, rate and latency, and they come to targets and a picture", async () => {
  const load = startLoad();
  const contenders = [floor, treeline];
  const entries = await Promise.all(contenders.map(async (contender) => ({ contender, ...(await contender.start({ crowd: 2 })) })));
  try {
    const results = await measure("userinfo", entries, { runs: 2, seconds: 0.2, connections: 2 }, load);
    assert.deepEqual(results.map(({ contender }) => contender), ["floor", "treeline"]);
    for (const { cpu, rate, p50, p99, operations } of results) {
      assert.ok(operations > 2 && cpu.median > 0 && cpu.least <= cpu.median && cpu.median <= cpu.most, JSON.stringify(results));
      assert.ok(rate.median > 0 && p50.median > 0 && p50.median <= p99.median, JSON.stringify(results));
    }
    const [target, ...others] = judge({ results, counted: {}, prices: {}, contenders });
    const ratios = results[1].turns.map((cpu, i) => cpu / results[0].turns[i]);
    assert.deepEqual([target.value, others], [(ratios[0] + ratios[1]) / 2, []]);
    assert.equal(target.met, target.value <= 1.5);
    const drawn = picture({ results, contenders, taken: new Date().toISOString(), machine: { cpu: "<any>", cores: 1 } });
    assert.match(drawn, /^<svg [\s\S]*userinfo[\s\S]*&#60;any&#62;[\s\S]*<\/svg>\n$/);
  } finally {
    await Promise.all([load.stop(), ...entries.map(({ server }) => server.stop())]);
  }
});

test("a price is the sum of what is billed", () => {
  const counts = { requests: 4, kvReads: 3, kvWrites: 1, kvLists: 0, calls: 4, rowsRead: 1000, rowsWritten: 5 };
  const { total, ...parts } = priceOfMillion(counts, 10);
  const known = { requests: 1.2, kvReads: 1.5, kvWrites: 5, kvLists: 0, calls: 0.6, rowsRead: 1, rowsWritten: 5, cpuMs: 0.2, duration: 0.064 };
  for (const [name, dollars] of Object.entries(known)) assert.ok(Math.abs(parts[name] - dollars) < 1e-9, `${name}: ${parts[name]}`);
  assert.ok(Math.abs(total - Object.values(known).reduce((sum, one) => sum + one, 0)) < 1e-9);
});

describe("on the command line", () => {
  const scratch = mkdtempSync(join(tmpdir(), "treeline-benched-"));
  after(() => rmSync(scratch, { recursive: true, force: true }));

  function run(...args) {
    const child = spawn(process.execPath, [join(root, "bench/run.mjs"), ...args], { cwd: root, env: { ...process.env, TMPDIR: scratch }, stdio: ["ignore", "pipe", "pipe"] });
    child.text = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (child.text += chunk));
    child.ended = new Promise((resolve) => child.once("close", resolve));
    return child;
  }

  const children = (pid) => readdirSync("/proc").filter((name) => /^\d+$/.test(name)).filter((name) => {
    try {
      return readFileSync(`/proc/${name}/cmdline`, "utf8").includes(pid);
    } catch {
      return false;
    }
  });

  const WRONG = [
    { what: "an operation that there is not", args: ["--only", "discovery,nothing"], reason: /^bench: --only: there is no nothing; there is discovery, / },
    { what: "a peer that there is not", args: ["--peers", "nobody"], reason: /^bench: --peers: there is no nobody; there is oidc-provider, / },
    { what: "a number that is none", args: ["--runs", "many"], reason: /^bench: --runs: "many" is not a whole number from 1 to / },
    { what: "a time of nothing", args: ["--seconds", "0"], reason: /^bench: --seconds: "0" is not a number from / },
    { what: "an option that there is not", args: ["--fast"], reason: /^bench: Unknown option '--fast'/ },
  ];
  for (const { what, args, reason } of WRONG) {
    test(`${what} is refused with a reason`, async () => {
      const child = run(...args);
      assert.equal(await child.ended, 1);
      assert.match(child.text, reason);
    });
  }

  test("--help says what there is to say", async () => {
    const child = run("--help");
    assert.equal(await child.ended, 0);
    for (const option of ["--short", "--only", "--peers", "--runs", "--seconds"]) assert.ok(child.text.includes(`${option} `), child.text);
  });

  test("a port where something is already is refused with a reason", async () => {
    const taken = createServer();
    await new Promise((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address();
    try {
      const child = run("--port", String(port));
      assert.equal(await child.ended, 1);
      assert.match(child.text, new RegExp(`^bench: port ${port} cannot be listened on: something is there already`));
    } finally {
      taken.close();
    }
  });

  test("Ctrl-C leaves neither a process nor a file", async () => {
    const child = run("--short", "--peers", "none");
    while (!readdirSync(scratch).length || !children(scratch).length) {
      assert.equal(child.exitCode, null, child.text);
      await pause(20);
    }
    child.kill("SIGINT");
    assert.equal(await child.ended, 130, child.text);
    for (let tries = 0; children(scratch).length && tries < 100; tries++) await pause(20);
    assert.deepEqual([children(scratch), readdirSync(scratch)], [[], []]);
  });
});
