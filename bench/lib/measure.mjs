// The measuring: contenders have their turns one after another, again and again, so that whatever else the machine does meets all alike.
import { OPERATIONS } from "./operations.mjs";
import { spread } from "./statistics.mjs";

// In seconds. Meanwhile V8 compiles again, in the background, what has turned out to be hot: WebAssembly takes longer to get there than JavaScript.
const SHORTEST_WARM_UP = 3;

const FIGURES = ["cpu", "rate", "p50", "p99"];

/**
 * Measures one operation of all contenders that have it: [{ contender, operation, runs, operations, turns, cpu, rate, p50, p99 }], each figure as { median, least, most },
 * `turns` the CPU of every turn, times in milliseconds. `entries`: [{ contender, server, target }].
 */
export async function measure(operation, entries, { runs, seconds, connections }, load) {
  const taking = entries.filter(({ contender }) => contender.operations.includes(operation));
  const turn = ({ contender, server, target }, duration) =>
    load.run({ contender: contender.name, operation, target, pid: server.pid, seconds: duration, connections });
  for (const entry of taking) await turn(entry, Math.max(SHORTEST_WARM_UP, seconds / 2));
  const results = taking.map(() => []);
  for (let run = 0; run < runs; run++) {
    for (const [i, entry] of taking.entries()) results[i].push(await turn(entry, seconds));
  }
  return taking.map(({ contender }, i) => ({
    contender: contender.name,
    operation,
    runs,
    operations: results[i].reduce((sum, result) => sum + result.operations, 0),
    turns: results[i].map(({ cpu }) => cpu),
    ...Object.fromEntries(FIGURES.map((figure) => [figure, spread(results[i].map((result) => result[figure]))])),
  }));
}

/** The operations in the order in which they are measured. */
export const inOrder = (names) => Object.keys(OPERATIONS).filter((name) => names.includes(name));
