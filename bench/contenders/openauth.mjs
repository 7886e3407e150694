// OpenAuth, with its KV on disk. It has no ID token and no userinfo: its access tokens are JWTs that clients verify, and refresh tokens come always.
import { randomBytes } from "node:crypto";
import { Party } from "../lib/party.mjs";
import { bundled } from "../lib/peers.mjs";
import { people } from "../lib/people.mjs";
import { startWorker } from "../lib/process.mjs";

export const name = "openauth";
export const title = "OpenAuth";
export const kind = "peer";
export const storage = "disk";
export const bundle = "openauth";
export const lacks = "no ID token, no userinfo";
export const operations = ["discovery", "jwks", "flow", "redemption", "refresh", "sign_in"];

const CALLBACK = "https://rp.example/callback";
const PATHS = { discovery: "/.well-known/oauth-authorization-server", jwks: "/.well-known/jwks.json", authorization: "/authorize", token: "/token" };

export const modules = () => ({ "worker.js": bundled(bundle) });

const worker = () => ({ modules: modules(), kv: "KV", vars: { COOKIE_KEY: randomBytes(32).toString("hex") }, date: "2026-10-01" });

const CLIENTS = { web: { client_id: "web" }, offline: { client_id: "offline" } };

export async function start({ crowd, ...options }) {
  const server = await startWorker({ worker, probe: PATHS.jwks, ...options });
  const target = { issuer: server.url, address: server.url.replace("localhost", "127.0.0.1"), paths: PATHS, callback: CALLBACK, scope: "profile", clients: CLIENTS, users: people(crowd) };
  const party = new Party(target);
  for (const user of target.users) ({ cookie: user.cookie } = await party.signIn("web", user));
  return { server, target };
}
