// What a Rust Worker costs that answers a constant, made with the same crate as the provider.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Failure } from "../lib/failure.mjs";
import { startWorker } from "../lib/process.mjs";
import { constantTarget } from "./constant_javascript.mjs";

export const name = "constant-rust";
export const title = "constant, Rust";
export const kind = "floor";
export const isMetered = false;
export const operations = ["discovery", "jwks"];

const built = (file) => fileURLToPath(new URL(`../constant/build/${file}`, import.meta.url));

export const modules = () => Object.fromEntries(["index.js", "index_bg.wasm"].map((file) => [file, built(file)]));

export async function start(options) {
  if (!existsSync(built("index_bg.wasm"))) throw new Failure("bench/constant/build is missing: npm run bench builds it");
  const server = await startWorker({ worker: { modules: modules(), date: "2026-10-01" }, probe: "/", ...options });
  return { server, target: constantTarget(server.url) };
}
