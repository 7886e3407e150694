// The same floor, where it reads a client from KV no oftener than Treeline does.
import * as floor from "./floor.mjs";

export const name = "floor-remembering";
export const title = "floor that remembers clients";
export const { kind, modules } = floor;
export const operations = floor.operations.filter((operation) => operation !== "userinfo");

const CLIENT_MEMORY = 30_000;

export const start = (options) => floor.start({ ...options, clientMemory: CLIENT_MEMORY });
