// Workers KV as workerd's binding speaks it over HTTP. Reads come from memory; every write is on disk before it is answered.
import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";

const SHORTEST_TTL = 60;
const SHORTEST_CACHE_TTL = 30;
/** How every cursor begins: KV takes none but its own. */
const CURSOR = "after+/=";

let entries;
const none = () => ({ get: 0, bulk: 0, put: 0, delete: 0, list: 0 });
let counts = none();
let delay = 0;
let broken = false;

const seconds = () => Math.floor(Date.now() / 1000);
const refuse = (status, reason) => new Response(reason, { status, statusText: reason });

export class Store extends DurableObject {
  load() {
    return this.ctx.storage.list();
  }
  put(key, entry) {
    return this.ctx.storage.put(key, entry);
  }
  remove(key) {
    return this.ctx.storage.delete(key);
  }
}

const store = (env) => env.STORE.getByName("kv");

async function loaded(env) {
  const stored = entries ?? (await store(env).load());
  entries ??= stored;
  return entries;
}

async function find(env, key) {
  const entry = (await loaded(env)).get(key);
  return entry && (entry.expiration ?? Infinity) > seconds() ? entry : undefined;
}

async function get(env, key, query) {
  counts.get++;
  const cacheTtl = query.get("cache_ttl");
  if (cacheTtl !== null && !(cacheTtl >= SHORTEST_CACHE_TTL)) return refuse(400, `Cache TTL must be at least ${SHORTEST_CACHE_TTL}.`);
  const entry = await find(env, key);
  if (!entry) return refuse(404, "Not Found");
  const headers = new Headers();
  if (entry.expiration) headers.set("CF-Expiration", String(entry.expiration));
  if (entry.metadata) headers.set("CF-KV-Metadata", entry.metadata);
  return new Response(entry.value, { headers });
}

async function getMany(env, request) {
  const { keys, type, withMetadata } = await request.json();
  counts.bulk++;
  const found = {};
  for (const key of keys) {
    const entry = await find(env, key);
    const text = entry && new TextDecoder().decode(entry.value);
    const value = entry ? (type === "json" ? JSON.parse(text) : text) : null;
    found[key] = withMetadata && entry ? { value, metadata: entry.metadata ? JSON.parse(entry.metadata) : null } : value;
  }
  return Response.json(found);
}

async function put(env, key, query, request) {
  counts.put++;
  const now = seconds();
  const expiration = query.has("expiration_ttl") ? now + Number(query.get("expiration_ttl"))
    : query.has("expiration") ? Number(query.get("expiration")) : undefined;
  if (expiration !== undefined && !(expiration >= now + SHORTEST_TTL)) {
    return refuse(400, `Expiration TTL must be at least ${SHORTEST_TTL}.`);
  }
  const entry = { value: await request.arrayBuffer(), expiration, metadata: request.headers.get("CF-KV-Metadata") ?? undefined };
  await loaded(env);
  await store(env).put(key, entry);
  entries.set(key, entry);
  return new Response();
}

async function remove(env, key) {
  counts.delete++;
  await loaded(env);
  await store(env).remove(key);
  entries.delete(key);
  return new Response();
}

async function list(env, query) {
  counts.list++;
  const prefix = query.get("prefix") ?? "";
  const limit = Number(query.get("key_count_limit") ?? 1000);
  const cursor = query.get("cursor") || CURSOR;
  if (!cursor.startsWith(CURSOR)) return refuse(400, "Invalid cursor");
  const after = decodeURIComponent(cursor.slice(CURSOR.length));
  const now = seconds();
  const names = [...(await loaded(env)).entries()]
    .filter(([name, entry]) => name.startsWith(prefix) && name > after && (entry.expiration ?? Infinity) > now)
    .map(([name, { expiration, metadata }]) => ({ name, expiration, metadata }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const keys = names.slice(0, limit);
  if (keys.length === names.length) return Response.json({ keys, list_complete: true, cacheStatus: null });
  return Response.json({ keys, list_complete: false, cursor: CURSOR + encodeURIComponent(keys.at(-1).name), cacheStatus: null });
}

export default {
  async fetch(request, env) {
    if (delay) await scheduler.wait(delay);
    if (broken) {
      // A body that nobody reads would leave the writer waiting.
      await request.arrayBuffer();
      return refuse(500, "Internal Server Error");
    }
    const { pathname, searchParams } = new URL(request.url);
    const raw = pathname.slice(1);
    const key = searchParams.get("urlencoded") === "true" ? decodeURIComponent(raw) : raw;
    if (request.method === "POST" && raw === "bulk/get") return getMany(env, request);
    if (request.method === "GET") return key ? get(env, key, searchParams) : list(env, searchParams);
    if (request.method === "PUT") return put(env, key, searchParams, request);
    if (request.method === "DELETE") return remove(env, key);
    return refuse(405, "Method Not Allowed");
  },
};

/** What the harness talks to. */
export class Control extends WorkerEntrypoint {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/kv/counts") return Response.json(counts);
    if (pathname === "/kv/reset") counts = none();
    if (pathname === "/kv/fault") ({ delay = delay, broken = broken } = await request.json());
    if (pathname === "/kv/dump") {
      const text = new TextDecoder();
      const dump = [...(await loaded(this.env))].map(([key, { value, ...rest }]) => [key, { value: text.decode(value), ...rest }]);
      return Response.json(Object.fromEntries(dump));
    }
    return new Response();
  }
}
