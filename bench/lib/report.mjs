// The results in words: one table for each question.
import { OPERATIONS } from "./operations.mjs";
import { short, table } from "./table.mjs";

const titled = (contenders) => (name) => contenders.find((one) => one.name === name)?.title ?? name;

function times(operation, results, title) {
  const rows = results.map(({ contender, cpu, rate, p50, p99 }) =>
    [title(contender), short(cpu.median), `${short(cpu.least)}–${short(cpu.most)}`, short(rate.median), short(p50.median), short(p99.median)]);
  return table([OPERATIONS[operation].title, "CPU ms", "spread", "per second", "p50 ms", "p99 ms"], rows);
}

function touches(counted, title) {
  const rows = Object.entries(counted).flatMap(([contender, operations]) =>
    Object.entries(operations).map(([operation, one]) =>
      [title(contender), OPERATIONS[operation].title, one.requests, one.bytes, one.kvReads, one.kvWrites, one.kvLists, one.calls, one.rowsRead, one.rowsWritten]));
  return table(["what one operation touches", "", "requests", "bytes", "KV reads", "KV writes", "KV lists", "object calls", "rows read", "rows written"], rows);
}

function prices(priced, title) {
  const rows = Object.entries(priced).flatMap(([contender, operations]) =>
    Object.entries(operations).map(([operation, { total, requests, cpuMs, kvReads, kvWrites, kvLists, calls, duration, rowsRead, rowsWritten }]) =>
      [title(contender), OPERATIONS[operation].title, ...[total, requests, cpuMs, kvReads + kvWrites + kvLists, calls + duration, rowsRead + rowsWritten].map((dollars) => `$${dollars.toFixed(2)}`)]));
  return table(["price of a million", "", "total", "requests", "CPU", "KV", "objects", "rows"], rows);
}

function facts(known, title) {
  const mebibytes = (value) => (value === undefined ? "" : value.toFixed(1));
  const rows = known.map(({ contender, gzipped, startMs, idle, loaded }) =>
    [title(contender), gzipped ? (gzipped / 1024).toFixed(1) : "", short(startMs), mebibytes(idle), mebibytes(loaded)]);
  return table(["the Worker itself", "KiB gzipped", "start ms", "MiB idle", "MiB after load"], rows);
}

function curves({ grants, clients, people, hammered }) {
  const milliseconds = (point, operation) => (point[operation] ? short(point[operation].cpu) : "");
  const operations = ["userinfo", "refresh", "redemption", "introspection", "account"];
  const rows = [["grants in one tree", grants], ["clients", clients], ["people at once", people]].flatMap(([what, points]) =>
    points.map((point) => [what, point.at.toLocaleString("en"), ...operations.map((operation) => milliseconds(point, operation)), point.memory]));
  const waits = hammered.flatMap(({ alone, beside, hammered: one, perSecond }) =>
    [[`a person hammered by ${perSecond} a second`, one], ["another person meanwhile", beside], ["another person, alone", alone]]);
  return [
    table(["growth, CPU ms", "of these", ...operations, "MiB"], rows),
    table(["one person hammered", "answered a second", "p50 ms", "p99 ms"], waits.map(([who, { rate, p50, p99 }]) => [who, short(rate), short(p50), short(p99)])),
  ];
}

function targets(judged) {
  const rows = judged.map(({ what, value, limit, unit, met }) => [what, `${short(value)}`, `at most ${limit} ${unit}`, met ? "met" : "missed"]);
  return table(["target", "is", "has to be", ""], rows);
}

const lacking = (contenders) => contenders.filter(({ lacks }) => lacks).map(({ title, lacks }) => `${title}: ${lacks}; what it is measured by goes without.`).join("\n");

/** The whole report as text. */
export function report({ contenders, results = [], counted, prices: priced = {}, facts: known = [], growth, targets: judged = [] }) {
  const title = titled(contenders);
  const operations = [...new Set(results.map(({ operation }) => operation))];
  const parts = operations.map((operation) => times(operation, results.filter((one) => one.operation === operation), title));
  const left = lacking(contenders);
  if (left) parts.push(left);
  if (Object.keys(counted).length) parts.push(touches(counted, title));
  if (Object.keys(priced).length) parts.push(prices(priced, title));
  if (known.length) parts.push(facts(known, title));
  if (growth) parts.push(...curves(growth));
  if (judged.length) parts.push(targets(judged));
  return parts.join("\n\n");
}
