// What can be said of a contender before it does anything: its size, how fast it starts, what memory it holds.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { residentMemory } from "./accounting.mjs";
import { median } from "./statistics.mjs";

const STARTS = 9;

/** The modules as they are uploaded, compressed one by one. Undefined for what is no Worker. */
export const gzippedSize = ({ modules }) =>
  modules && Object.values(modules()).reduce((sum, path) => sum + gzipSync(readFileSync(path), { level: 9 }).length, 0);

/**
 * Starts all of them again, one after another, again and again: [{ contender, gzipped, starts, startMs, idle }], `starts` of each turn, in milliseconds. What would forget who is
 * signed in is left as it is.
 */
export async function readFacts(entries) {
  const starts = entries.map(() => []);
  for (let turn = 0; turn < STARTS; turn++) {
    for (const [i, { contender, server }] of entries.entries()) {
      if (contender.storage !== "memory") await server.restart();
      starts[i].push(server.startMs);
    }
  }
  return entries.map(({ contender, server }, i) => (
    { contender: contender.name, gzipped: gzippedSize(contender), starts: starts[i], startMs: median(starts[i]), idle: residentMemory(server.pid) }));
}
