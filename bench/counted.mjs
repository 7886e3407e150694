// The short form of the benchmark: no times, which are the machine's, but what is counted, which is the software's. Everybody does every operation, and
// Treeline stays within limits.json.
import { readFileSync } from "node:fs";
import { CONTENDERS } from "./lib/contenders.mjs";
import { countOperations } from "./lib/count.mjs";
import { gzippedSize } from "./lib/facts.mjs";
import { preparePeers } from "./lib/peers.mjs";

const CROWD = 2;

export const LIMITS = JSON.parse(readFileSync(new URL("limits.json", import.meta.url)));

/** Has each of `contenders` do `operations`: { contender: { operation: counts } }; one that answers wrongly is a failure. */
export async function countAll(contenders, operations) {
  const counted = {};
  for (const contender of contenders) {
    const metered = contender.isMetered !== false;
    const { server, target } = await contender.start({ metered, crowd: CROWD });
    counted[contender.name] = await countOperations({ contender, server, target }, operations);
    await server.stop();
  }
  return counted;
}

/** Everybody but the Workers that answer a constant: those touch nothing. */
export const countable = (peers) => CONTENDERS.filter(({ name, kind, isMetered }) => (kind === "peer" ? peers.includes(name) : isMetered !== false));

/** What goes past its limit, in words. `found`: { gzipped, operations: { name: counts } }, as the limits are. */
export function exceeded(found, limits = LIMITS) {
  const past = (what, value, limit) => (value > limit ? [`${what}: ${value}, at most ${limit}`] : []);
  const operations = Object.entries(found.operations).flatMap(([operation, counts]) =>
    Object.entries(counts).flatMap(([what, value]) => past(`${operation}, ${what}`, value, limits.operations[operation]?.[what] ?? 0)));
  return [...past("the script, bytes gzipped", found.gzipped, limits.gzipped), ...operations];
}

/** The whole short form: { contenders, counted, problems }. */
export async function count({ peers, operations }) {
  const contenders = countable(peers);
  await preparePeers(contenders.flatMap(({ bundle }) => bundle ?? []));
  const counted = await countAll(contenders, operations);
  const treeline = contenders.find(({ kind }) => kind === "product");
  return { contenders, counted, problems: exceeded({ gzipped: gzippedSize(treeline), operations: counted.treeline }) };
}
