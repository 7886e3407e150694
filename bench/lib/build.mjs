// What is measured is built first: the provider as it is deployed, and the Rust Worker that answers a constant, unless nothing of it has changed.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../../tests/worker/harness/config.mjs";

const constant = fileURLToPath(new URL("../constant", import.meta.url));
const stamp = join(constant, "build/.inputs");
const run = (command, args, options) => execFileSync(command, args, { stdio: ["ignore", "inherit", "inherit"], ...options });

function inputsOfConstant() {
  const hash = createHash("sha256");
  const files = ["Cargo.toml", "Cargo.lock", "src/lib.rs", "../../scripts/toolchain/rust.sh"];
  for (const file of files) hash.update(readFileSync(join(constant, file)));
  return hash.digest("hex");
}

export const buildProvider = () => run("bash", ["scripts/build.sh"], { cwd: root });

export function buildConstant() {
  const inputs = inputsOfConstant();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === inputs) return;
  // With the provider's standard library and in its target directory, so that what both are made of is the same and compiled once.
  const build = ". scripts/toolchain.sh && use_std_of_script && cd bench/constant && worker-build --release";
  run("bash", ["-c", build], { cwd: root, env: { ...process.env, CARGO_TARGET_DIR: join(root, "target") } });
  writeFileSync(stamp, inputs);
}
