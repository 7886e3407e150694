// The generator's process, seen from the bench.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { adopt, end } from "./ending.mjs";
import { Failure } from "./failure.mjs";

/** Starts the generator: `run(task)` does one task and gives { operations, rate, cpu, p50, p99 }, times in milliseconds. */
export function startLoad() {
  const child = adopt(fork(fileURLToPath(new URL("generator.mjs", import.meta.url)), { stdio: ["ignore", "inherit", "inherit", "ipc"] }));
  return {
    run: (task) =>
      new Promise((resolve, reject) => {
        const gone = () => reject(new Failure("the load generator has ended"));
        child.once("exit", gone);
        child.once("message", ({ result, error }) => {
          child.off("exit", gone);
          if (error === undefined) resolve(result);
          else reject(new Failure(`${task.contender}, ${task.operation}: ${error}`));
        });
        child.send(task);
      }),
    stop: () => end(child),
  };
}
