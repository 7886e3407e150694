// What the provider's process takes of the machine, and what it says.
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

/** The most memory that the process has held, in MiB; undefined where the system does not tell. */
export function peakMemory(pid) {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) return undefined;
  const [, kilobytes] = readFileSync(file, "utf8").match(/^VmHWM:\s+(\d+) kB$/m);
  return Math.round(kilobytes / 1024);
}

/** How long the process has computed, in milliseconds: what others do on the machine does not count. Where the system does not tell, the time by the clock. */
export function spentTime(pid) {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return performance.now();
  // The name of the program, in parentheses, may hold anything; the times stand behind it, in hundredths of a second.
  const fields = readFileSync(file, "utf8").split(") ").at(-1).split(" ");
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

/** Resolves once `holds` is true of what the provider has logged, and to false if it is not soon: the log comes through a pipe. */
export async function logged(op, holds) {
  for (let tries = 0; tries < 100; tries++) {
    if (holds(op.log())) return true;
    await pause(20);
  }
  return false;
}
