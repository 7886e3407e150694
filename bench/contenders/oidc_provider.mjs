// oidc-provider on workerd, with its adapter on a SQLite Durable Object.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { bundled } from "../lib/peers.mjs";
import { Party } from "../lib/party.mjs";
import { people } from "../lib/people.mjs";
import { startWorker } from "../lib/process.mjs";

export const name = "oidc-provider";
export const title = "oidc-provider, Durable Object";
export const kind = "peer";
export const storage = "disk";
export const bundle = "oidc-provider";
export const operations = ["discovery", "jwks", "flow", "redemption", "refresh", "userinfo", "introspection_opaque", "sign_in"];

const CALLBACK = "https://rp.example/callback";
const PATHS = {
  discovery: "/.well-known/openid-configuration",
  jwks: "/jwks",
  authorization: "/auth",
  token: "/token",
  userinfo: "/me",
  introspection: "/token/introspection",
};

export const modules = () => ({ "worker.js": bundled(bundle) });

const key = () => ({ ...generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" }), alg: "ES256", use: "sig", kid: "bench" });

const client = (id, grants) => ({
  client_id: id,
  client_secret: `secret-of-${id}`,
  redirect_uris: [CALLBACK],
  grant_types: ["authorization_code", ...grants],
  id_token_signed_response_alg: "ES256",
});

// Its access tokens are opaque for all clients: those that userinfo takes always are.
const CLIENTS = { web: client("web", []), offline: client("offline", ["refresh_token"]), opaque: client("opaque", []) };

/** What it is configured by, wherever it runs. */
export const settings = () => ({
  JWKS: JSON.stringify({ keys: [key()] }),
  CLIENTS: JSON.stringify(Object.values(CLIENTS)),
  COOKIE_KEY: randomBytes(32).toString("hex"),
});

/** Signs everybody in. */
export async function populated(server, crowd) {
  const target = { issuer: server.url, address: server.url.replace("localhost", "127.0.0.1"), paths: PATHS, callback: CALLBACK, scope: "openid", clients: CLIENTS, users: people(crowd) };
  const party = new Party(target);
  for (const user of target.users) ({ cookie: user.cookie } = await party.signIn("web", user));
  return { server, target };
}

const worker = (url) => ({
  modules: modules(),
  objects: [{ binding: "STORE", className: "Store" }],
  vars: { ISSUER: url, ...settings() },
  date: "2026-10-01",
});

export const start = async ({ crowd, ...options }) => populated(await startWorker({ worker, probe: PATHS.discovery, ...options }), crowd);
