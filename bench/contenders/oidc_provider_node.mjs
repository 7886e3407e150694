// oidc-provider on Node, with the adapter in memory that it comes with: no storage at all.
import { fileURLToPath } from "node:url";
import { startNode } from "../lib/process.mjs";
import { operations as all, populated, settings } from "./oidc_provider.mjs";

export const name = "oidc-provider-node";
export const title = "oidc-provider, Node, in memory";
export const kind = "peer";
export const storage = "memory";
export const isMetered = false;
export const operations = all;

const PROBE = "/jwks";
const module = fileURLToPath(new URL("../peers/oidc-provider/node.mjs", import.meta.url));

export const start = async ({ crowd, port }) => populated(await startNode({ module, env: settings(), probe: PROBE, port }), crowd);
