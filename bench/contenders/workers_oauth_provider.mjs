// @cloudflare/workers-oauth-provider, with its KV on disk. It speaks OAuth alone: no ID token, no JWKS; its userinfo is the protected API of the application.
import { randomBytes } from "node:crypto";
import { Failure } from "../lib/failure.mjs";
import { Party } from "../lib/party.mjs";
import { bundled } from "../lib/peers.mjs";
import { people } from "../lib/people.mjs";
import { startWorker } from "../lib/process.mjs";

export const name = "workers-oauth-provider";
export const title = "workers-oauth-provider";
export const kind = "peer";
export const storage = "disk";
export const bundle = "workers-oauth-provider";
export const lacks = "no ID token, no JWKS";
export const operations = ["discovery", "flow", "redemption", "refresh", "userinfo", "sign_in"];

const CALLBACK = "https://rp.example/callback";
const PATHS = { discovery: "/.well-known/oauth-authorization-server", authorization: "/authorize", token: "/token", userinfo: "/userinfo" };

export const modules = () => ({ "worker.js": bundled(bundle) });

const worker = (url) => ({
  modules: modules(),
  kv: "OAUTH_KV",
  vars: { ISSUER: url, COOKIE_KEY: randomBytes(32).toString("hex") },
  date: "2026-10-01",
  flags: ["global_fetch_strictly_public"],
});

async function registered(party, grants) {
  const json = { redirect_uris: [CALLBACK], client_name: "Bench", grant_types: grants, token_endpoint_auth_method: "client_secret_basic" };
  const answer = await party.request("/register", { json });
  if (answer.status !== 201) throw new Failure(`registration: ${answer.status} ${answer.text}`);
  return answer.json();
}

export async function start({ crowd, ...options }) {
  const server = await startWorker({ worker, probe: PATHS.discovery, ...options });
  const target = { issuer: server.url, address: server.url.replace("localhost", "127.0.0.1"), paths: PATHS, callback: CALLBACK, scope: "profile", clients: {}, users: people(crowd) };
  const party = new Party(target);
  target.clients.web = await registered(party, ["authorization_code"]);
  target.clients.offline = { ...(await registered(party, ["authorization_code", "refresh_token"])), scope: "profile offline_access" };
  for (const user of target.users) ({ cookie: user.cookie } = await party.signIn("web", user));
  return { server, target };
}
