// What a process has taken of the machine, by the system's own account: what others do meanwhile is not in it.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { Failure } from "./failure.mjs";

const ps = (pid, column) => execFileSync("ps", ["-o", `${column}=`, "-p", String(pid)], { encoding: "utf8" }).trim();

/** "1-02:03:04.05" as milliseconds; days and hours may be missing. */
export function readTime(text) {
  const [, days = 0, hours = 0, minutes, seconds] = text.match(/^(?:(\d+)-)?(?:(\d+):)?(\d+):([\d.]+)$/) ?? [];
  if (minutes === undefined) throw new Failure(`ps tells no time: "${text}"`);
  return (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}

// Linux counts each thread's time on a processor in nanoseconds; the sum is what /proc/PID/stat rounds to hundredths of a second.
function spentByThreads(pid) {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
  return nanoseconds / 1e6;
}

/** User and system time of a process, in milliseconds. */
export function cpuTime(pid) {
  if (existsSync(`/proc/${pid}/schedstat`)) return spentByThreads(pid);
  return readTime(ps(pid, "time"));
}

/** The memory that a process holds, in MiB. */
export const residentMemory = (pid) => Math.round(Number(ps(pid, "rss")) / 102.4) / 10;
