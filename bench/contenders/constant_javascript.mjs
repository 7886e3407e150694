// The floor of all floors: what a Worker costs that answers a constant.
import { fileURLToPath } from "node:url";
import { startWorker } from "../lib/process.mjs";

export const name = "constant-js";
export const title = "constant, JavaScript";
export const kind = "floor";
export const isMetered = false;
export const operations = ["discovery", "jwks"];

export const modules = () => ({ "constant.js": fileURLToPath(new URL("../floor/constant.js", import.meta.url)) });

export async function start(options) {
  const server = await startWorker({ worker: { modules: modules(), date: "2026-10-01" }, probe: "/", ...options });
  return { server, target: constantTarget(server.url) };
}

/** The target of a Worker that answers a constant, whatever it is asked. */
export const constantTarget = (url) => ({ issuer: url, address: url.replace("localhost", "127.0.0.1"), paths: { discovery: "/", jwks: "/" } });
