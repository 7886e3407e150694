// The lead that Treeline is to have, as ratios within one run: whether each is met.
import { median } from "./statistics.mjs";

const turns = (results, contender, operation) => results.find((one) => one.contender === contender && one.operation === operation)?.turns;

/** The median of the ratios of turns that followed one another: a machine that grows slower meanwhile is slower for both. */
function ratio(results, { of, to, operation, limit }) {
  const [own, other] = [turns(results, of, operation), turns(results, to.name, operation)];
  if (!own || !other) return [];
  return [{ what: `${operation}: CPU beside ${to.title}`, value: median(own.map((cpu, i) => cpu / other[i])), limit, unit: "times" }];
}

/** How much later than another's its first answer came: the median of turns that followed one another. */
function later(facts, { of, to, limit }) {
  const [own, other] = [of, to.name].map((name) => facts.find(({ contender }) => contender === name)?.starts);
  if (!own || !other) return [];
  return [{ what: `first answer after that of ${to.title}`, value: median(own.map((ms, i) => ms - other[i])), limit, unit: "ms" }];
}

const kibibytes = (bytes) => bytes && bytes / 1024;

const atMost = (what, value, limit, unit) => (value === undefined ? [] : [{ what, value, limit, unit }]);

/**
 * [{ what, value, limit, unit, met }]: of what has been measured. `results`: as of measure(); `counted`, `prices`: by contender and operation;
 * `facts`: as of readFacts(); `contenders`: all that took part.
 */
export function judge({ results, counted, prices, facts = [], contenders }) {
  const named = (name) => contenders.find((one) => one.name === name) ?? { name, title: name };
  const of = "treeline";
  const against = (name, operations, limit) => operations.flatMap((operation) => ratio(results, { of, to: named(name), operation, limit }));
  const peers = contenders.filter(({ kind, storage }) => kind === "peer" && storage === "disk");
  const below = (operation) => peers.flatMap((to) => ratio(results, { of, to, operation, limit: 1 }));
  const touched = counted.treeline?.sign_in;
  const targets = [
    ...against("constant-rust", ["discovery", "jwks"], 1.2),
    ...against("floor", ["redemption", "refresh", "userinfo", "introspection", "introspection_opaque"], 1.5),
    ...ratio(results, { of, to: named("oidc-provider"), operation: "flow", limit: 0.5 }),
    ...below("flow").filter(({ what }) => !what.endsWith(named("oidc-provider").title)),
    ...below("refresh"),
    ...later(facts, { of, to: named("constant-js"), limit: 40 }),
    ...atMost("script: gzipped", kibibytes(facts.find(({ contender }) => contender === of)?.gzipped), 400, "KiB"),
    ...atMost("sign_in: rows written", touched?.rowsWritten, 5, "rows"),
    ...atMost("sign_in: calls of objects", touched?.calls, 5, "calls"),
    ...atMost("sign_in: KV reads", touched?.kvReads, 4, "reads"),
    ...atMost("sign_in: KV writes", touched?.kvWrites, 0, "writes"),
    ...atMost("sign_in: price of a million", prices.treeline?.sign_in?.total, 6, "dollars"),
  ];
  return targets.map((target) => ({ ...target, met: target.value <= target.limit }));
}

/** Operations in which the floor writes more rows than the provider: there it is no floor any more, and bench/floor has to follow. */
export function floorsTooHigh({ floor = {}, treeline = {} }) {
  return Object.keys(floor).filter((operation) => floor[operation].rowsWritten > (treeline[operation]?.rowsWritten ?? Infinity));
}
