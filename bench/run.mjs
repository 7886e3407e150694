// `npm run bench`: the discovery document from a warm isolate beside a Rust Worker that answers a constant, on workerd itself.
// Rounds alternate, so that whatever else the machine does meets both alike.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import autocannon from "autocannon";
import { root } from "../tests/worker/harness/config.mjs";
import { startProvider } from "../tests/worker/harness/provider.mjs";
import { spentTime } from "../tests/worker/support/process.mjs";

const ROUNDS = Number(process.env.ROUNDS || 5);
const SECONDS = Number(process.env.ROUND_SECONDS || 5);
const CONNECTIONS = 16;
const WARM_UP_SECONDS = 2;

const constant = fileURLToPath(new URL("constant", import.meta.url));
const run = (command, args, options) => execFileSync(command, args, { stdio: ["ignore", "inherit", "inherit"], ...options });
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

async function round({ name, op, path, host }, duration) {
  const before = spentTime(op.pid);
  const result = await autocannon({ url: op.url + path, connections: CONNECTIONS, duration, headers: { host } });
  if (result.non2xx || result.errors) throw new Error(`${name}: ${result.non2xx} answers were not 2xx, ${result.errors} errors`);
  const requests = result["2xx"];
  return { rate: requests / result.duration, cpu: (spentTime(op.pid) - before) / requests };
}

run("bash", ["scripts/build.sh"], { cwd: root });
// One target directory, so that what both are made of is compiled once.
run("worker-build", ["--release"], { cwd: constant, env: { ...process.env, CARGO_TARGET_DIR: join(root, "target") } });

const provider = await startProvider({ plain: true });
const yardstick = await startProvider({ plain: true, build: join(constant, "build"), objects: [] });
const host = new URL(provider.issuer).host;
const subjects = [
  { name: "discovery", op: provider, path: "/.well-known/openid-configuration", host, rounds: [] },
  { name: "constant", op: yardstick, path: "/", host, rounds: [] },
];

const show = (label, { rate, cpu }) => console.log(`${label} ${rate.toFixed(0).padStart(7)} req/s  ${cpu.toFixed(3)} ms CPU per request`);

for (const subject of subjects) await round(subject, WARM_UP_SECONDS);
console.log(`${ROUNDS} rounds of ${SECONDS} s each, ${CONNECTIONS} connections\n`);
for (let i = 1; i <= ROUNDS; i++) {
  for (const subject of subjects) {
    const result = await round(subject, SECONDS);
    subject.rounds.push(result);
    show(`${i}       ${subject.name.padEnd(10)}`, result);
  }
}
console.log();
const [discovery, yard] = subjects.map(({ name, rounds }) => {
  const medians = { rate: median(rounds.map(({ rate }) => rate)), cpu: median(rounds.map(({ cpu }) => cpu)) };
  show(`median  ${name.padEnd(10)}`, medians);
  return medians;
});
const ratios = [discovery.rate / yard.rate, discovery.cpu / yard.cpu].map((ratio) => ratio.toFixed(2));
console.log(`\ndiscovery / constant: ${ratios[0]} of the requests per second, ${ratios[1]} times the CPU`);
await Promise.all(subjects.map(({ op }) => op.stop()));
