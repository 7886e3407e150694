// What a million of an operation costs at Cloudflare's published rates: Workers Paid, beyond what is included in it. Storage that stays is not in it.
//
// The rates are those of the price lists of Workers, Workers KV and Durable Objects (SQLite storage), in US dollars, as of November 2026.
const MILLION = 1_000_000;

export const RATES = {
  requests: 0.3 / MILLION,
  cpuMs: 0.02 / MILLION,
  kvReads: 0.5 / MILLION,
  kvWrites: 5 / MILLION,
  kvLists: 5 / MILLION,
  calls: 0.15 / MILLION,
  gigabyteSeconds: 12.5 / MILLION,
  rowsRead: 0.001 / MILLION,
  rowsWritten: 1 / MILLION,
};

/** An object is billed for 128 MB while it is at work; so long a call is taken to last, which no machine but the platform's can tell. */
const GIGABYTES = 0.128;
const CALL_SECONDS = 0.01;

const BILLED = ["requests", "kvReads", "kvWrites", "kvLists", "calls", "rowsRead", "rowsWritten"];

/** Dollars for a million operations, by what is billed, and `total`. `counted`: as of countOperations(); `cpuMs`: of one operation. */
export function priceOfMillion(counted, cpuMs) {
  const parts = Object.fromEntries(BILLED.map((name) => [name, counted[name] * RATES[name] * MILLION]));
  parts.cpuMs = cpuMs * RATES.cpuMs * MILLION;
  parts.duration = counted.calls * CALL_SECONDS * GIGABYTES * RATES.gigabyteSeconds * MILLION;
  return { ...parts, total: Object.values(parts).reduce((sum, part) => sum + part, 0) };
}
