// `npm run bench`: Treeline beside its floors and its peers, on workerd itself. docs/topics/performance.md says what is measured and how.
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, platform, release } from "node:os";
import { fileURLToPath } from "node:url";
import { dirname, join, relative } from "node:path";
import { root } from "../tests/worker/harness/config.mjs";
import { count, countAll, countable } from "./counted.mjs";
import { residentMemory } from "./lib/accounting.mjs";
import { buildConstant, buildProvider } from "./lib/build.mjs";
import { CONTENDERS, PEERS } from "./lib/contenders.mjs";
import { readFacts } from "./lib/facts.mjs";
import { Failure } from "./lib/failure.mjs";
import { measureGrowth } from "./lib/growth.mjs";
import { startLoad } from "./lib/load.mjs";
import { inOrder, measure } from "./lib/measure.mjs";
import { OPERATIONS } from "./lib/operations.mjs";
import { readOptions } from "./lib/options.mjs";
import { preparePeers } from "./lib/peers.mjs";
import { portFor } from "./lib/process.mjs";
import { priceOfMillion } from "./lib/price.mjs";
import { report } from "./lib/report.mjs";
import { picture } from "./lib/svg.mjs";
import { floorsTooHigh, judge } from "./lib/targets.mjs";

const PRICED = ["flow", "sign_in"];
const results = fileURLToPath(new URL("results", import.meta.url));
const image = fileURLToPath(new URL("../docs/images/bench.svg", import.meta.url));

const began = performance.now();
const say = (text) => console.log(`[${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s] ${text}`);

function pricesOf(counted, measured) {
  const cpu = (contender, operation) => measured.find((one) => one.contender === contender && one.operation === operation)?.cpu.median;
  const known = (contender) => PRICED.filter((operation) => counted[contender][operation] && cpu(contender, operation) !== undefined);
  const priced = (contender) => Object.fromEntries(known(contender).map((operation) => [operation, priceOfMillion(counted[contender][operation], cpu(contender, operation))]));
  return Object.fromEntries(Object.keys(counted).map((contender) => [contender, priced(contender)]).filter(([, one]) => Object.keys(one).length));
}

/** Every run is kept; one of everything is the latest, and what the picture shows. */
function keep(outcome) {
  mkdirSync(results, { recursive: true });
  const { operations, peers, growth } = outcome.options;
  const isWhole = operations.length === Object.keys(OPERATIONS).length && peers.length === PEERS.length && growth;
  const name = `${outcome.taken.replace(/[:.]/g, "-")}.json`;
  const files = [[join(results, name), `${JSON.stringify(outcome, null, 1)}\n`], [join(results, name.replace("json", "svg")), picture(outcome)]];
  if (isWhole) files.push([join(results, "latest.json"), files[0][1]], [image, files[1][1]]);
  for (const [file, text] of files) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    say(`written: ${relative(root, file)}`);
  }
}

async function shortForm(options) {
  say("counting what each operation touches");
  const { contenders, counted, problems } = await count(options);
  console.log(`\n${report({ contenders, counted })}\n`);
  if (problems.length) throw new Failure(`past bench/limits.json:\n${problems.join("\n")}`);
  say("within bench/limits.json");
}

async function main() {
  const options = readOptions(process.argv.slice(2), { operations: Object.keys(OPERATIONS), peers: PEERS });
  if (!options) return;
  const contenders = CONTENDERS.filter(({ name, kind }) => kind !== "peer" || options.peers.includes(name));
  for (let i = 0; options.port && i < contenders.length; i++) await portFor(options.port + i);
  buildProvider();
  if (options.short) return shortForm(options);
  buildConstant();
  await preparePeers(contenders.flatMap(({ bundle }) => bundle ?? []));
  const operations = inOrder(options.operations);
  say("counting what each operation touches");
  const counted = await countAll(countable(options.peers), operations);
  const entries = [];
  for (const contender of contenders) {
    say(`starting ${contender.title}`);
    entries.push({ contender, ...(await contender.start({ port: options.port && options.port + entries.length })) });
  }
  say("starting all of them again and again");
  const facts = await readFacts(entries);
  const load = startLoad();
  const measured = [];
  for (const operation of operations) {
    say(`${OPERATIONS[operation].title}: ${options.runs} turns of ${options.seconds} s each`);
    measured.push(...(await measure(operation, entries, options, load)));
  }
  for (const [i, { server }] of entries.entries()) facts[i].loaded = residentMemory(server.pid);
  await Promise.all(entries.map(({ server }) => server.stop()));
  const growth = options.growth ? await measureGrowth(load, say) : undefined;
  await load.stop();

  const prices = pricesOf(counted, measured);
  const described = contenders.map(({ name, title, kind, storage, lacks }) => ({ name, title, kind, storage, lacks }));
  const outcome = {
    taken: new Date().toISOString(),
    machine: { cpu: cpus()[0]?.model, cores: cpus().length, system: `${platform()} ${release()}`, node: process.version },
    options,
    contenders: described,
    results: measured,
    counted,
    prices,
    facts,
    growth,
    targets: judge({ results: measured, counted, prices, facts, contenders: described }),
  };
  console.log(`\n${report(outcome)}`);
  for (const operation of floorsTooHigh(counted)) console.log(`\n${operation}: the floor writes more rows than Treeline; bench/floor has to follow`);
  keep(outcome);
}

try {
  await main();
  process.exit(0);
} catch (error) {
  console.error(error instanceof Failure ? `bench: ${error.message}` : error);
  process.exit(1);
}
