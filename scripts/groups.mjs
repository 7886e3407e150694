// Child processes in groups of their own, so that ending one ends all that it started.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

const GRACE_MS = 3000;
const live = new Set();
let ending = false;

/** Spawns `command` in the checkout; `.done` resolves to its exit code, unless it was ended from here. */
export function group(command, args, options) {
  const child = spawn(command, args, { cwd: root, detached: true, stdio: ["ignore", "inherit", "inherit"], ...options });
  live.add(child);
  child.done = new Promise((resolve) => {
    const finish = (code) => {
      live.delete(child);
      if (!ending) resolve(code);
    };
    child.once("error", (error) => {
      console.error(error.message);
      finish(127);
    });
    child.once("close", (code) => finish(code ?? 1));
  });
  return child;
}

/** The environment that scripts/toolchain.sh sets up, or undefined where it could not. */
export async function preparedEnv(...flags) {
  const print = ["node", "-p", "JSON.stringify(process.env)"];
  const child = group("bash", ["scripts/toolchain.sh", ...flags, ...print], { stdio: ["ignore", "pipe", "inherit"] });
  let json = "";
  child.stdout.on("data", (chunk) => (json += chunk));
  return (await child.done) === 0 ? JSON.parse(json) : undefined;
}

function signal(child, name) {
  try {
    return process.kill(-child.pid, name);
  } catch {
    return false;
  }
}

/** Ends every group: asks, waits, insists. */
export async function endAll() {
  ending = true;
  const groups = [...live];
  const deadline = Date.now() + GRACE_MS;
  groups.forEach((child) => signal(child, "SIGTERM"));
  while (groups.some((child) => signal(child, 0)) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
  groups.forEach((child) => signal(child, "SIGKILL"));
}

/** Leaves no process behind when this one is told to end, or when the npm that runs it is gone. */
export function endWithParent() {
  const end = async (code) => {
    await endAll();
    process.exit(code);
  };
  for (const [name, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]]) process.on(name, () => end(code));
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event) setInterval(() => process.ppid === parent || end(1), 500).unref();
}
