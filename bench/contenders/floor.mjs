// The floor of each operation: a JavaScript Worker written by hand that does the same storage steps and signatures, and nothing else.
import { fileURLToPath } from "node:url";
import { Party } from "../lib/party.mjs";
import { people } from "../lib/people.mjs";
import { startWorker } from "../lib/process.mjs";

export const name = "floor";
export const title = "floor, JavaScript";
export const kind = "floor";
export const operations = ["flow", "redemption", "refresh", "userinfo", "introspection", "introspection_opaque"];

const CALLBACK = "https://rp.example/callback";
const SCOPE = "openid";
const PATHS = { discovery: "/discovery", jwks: "/jwks", authorization: "/authorization", token: "/token", userinfo: "/userinfo", introspection: "/introspection" };

const file = (path) => fileURLToPath(new URL(`../floor/${path}`, import.meta.url));

export const modules = () => Object.fromEntries(["worker.js", "user.js", "schema.js", "ids.js", "jwt.js"].map((path) => [path, file(path)]));

const worker = (vars) => (url) => ({
  modules: modules(),
  objects: [{ binding: "USERS", className: "User" }],
  kv: "KV",
  vars: { ...vars, ISSUER: url },
  date: "2026-10-01",
});

const client = (id, more) => ({ client_id: id, client_secret: `secret-of-${id}`, redirect_uris: [CALLBACK], ...more });

/** `clientMemory`: for how many milliseconds it remembers a client that it has read. */
export async function start({ crowd, clientMemory = 0, ...options }) {
  const server = await startWorker({ worker: worker({ CLIENT_MEMORY: clientMemory }), probe: "/", ...options });
  const clients = { web: client("web"), offline: client("offline", { isRefreshed: true }), opaque: client("opaque", { isOpaque: true }) };
  const target = { issuer: server.url, address: server.url.replace("localhost", "127.0.0.1"), paths: PATHS, callback: CALLBACK, scope: SCOPE, clients, users: people(crowd) };
  const begun = { clients: Object.values(clients), people: target.users.map(({ username }) => username), scope: SCOPE };
  const cookies = (await new Party(target).request("/begin", { json: begun })).json();
  target.users.forEach((user, i) => (user.cookie = cookies[i]));
  return { server, target };
}
