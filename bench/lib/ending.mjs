// What the bench starts and leaves lying ends with it: processes and temporary directories, on Ctrl-C too.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const children = new Set();
const directories = new Set();
const signals = [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]];

/** A child that ends with this process; `.ended` resolves to its exit code once it is gone. */
export function adopt(child) {
  children.add(child);
  child.ended = new Promise((resolve) => {
    child.once("error", () => resolve(127));
    child.once("exit", (code) => resolve(code ?? 1));
  }).finally(() => children.delete(child));
  return child;
}

/** Ends a child and waits for it. */
export async function end(child) {
  child.kill("SIGKILL");
  await child.ended;
}

/** A directory that goes with this process. */
export function scratch() {
  const directory = mkdtempSync(join(tmpdir(), "treeline-bench-"));
  directories.add(directory);
  return directory;
}

/** Removes a directory of scratch() before the end. */
export function discard(directory) {
  directories.delete(directory);
  rmSync(directory, { recursive: true, force: true });
}

process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
  for (const directory of directories) rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
});
for (const [signal, code] of signals) process.once(signal, () => process.exit(code));
