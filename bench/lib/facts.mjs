// What can be said of a contender before it does anything: its size, how fast it starts, what memory it holds.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { residentMemory } from "./accounting.mjs";
import { median } from "./statistics.mjs";

const STARTS = 3;

/** The modules as they are uploaded, compressed one by one. Undefined for what is no Worker. */
export const gzippedSize = ({ modules }) =>
  modules && Object.values(modules()).reduce((sum, path) => sum + gzipSync(readFileSync(path), { level: 9 }).length, 0);

/** Starts it again and again, unless it would forget who is signed in: { contender, gzipped, startMs, idle }. */
export async function readFacts({ contender, server }) {
  const starts = [server.startMs];
  while (contender.storage !== "memory" && starts.length < STARTS) {
    await server.restart();
    starts.push(server.startMs);
  }
  return { contender: contender.name, gzipped: gzippedSize(contender), startMs: median(starts), idle: residentMemory(server.pid) };
}
