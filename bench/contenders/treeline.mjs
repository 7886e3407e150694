// Treeline as it is built and deployed, on durable storage.
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { Browser } from "../../tests/worker/harness/browserless.mjs";
import { root } from "../../tests/worker/harness/config.mjs";
import { Failure } from "../lib/failure.mjs";
import { Party } from "../lib/party.mjs";
import { people } from "../lib/people.mjs";
import { startWorker } from "../lib/process.mjs";

export const name = "treeline";
export const title = "Treeline";
export const kind = "product";
export const storage = "disk";
export const operations = ["discovery", "jwks", "flow", "redemption", "refresh", "userinfo", "introspection", "introspection_opaque", "sign_in"];

const CALLBACK = "https://rp.example/callback";
const PATHS = {
  discovery: "/.well-known/openid-configuration",
  jwks: "/jwks",
  authorization: "/authorization",
  token: "/token",
  userinfo: "/userinfo",
  introspection: "/introspection",
};

export const modules = () => Object.fromEntries(["index.js", "index_bg.wasm"].map((file) => [file, join(root, "build", file)]));

function worker(url) {
  if (!existsSync(join(root, "build/index_bg.wasm"))) throw new Failure("build/ is missing: npm run build");
  const wrangler = parse(readFileSync(join(root, "wrangler.toml"), "utf8"));
  const secrets = { SEAL_KEY: randomBytes(32).toString("base64url"), SUBJECT_SALT: randomBytes(16).toString("hex"), ADMIN_TOKEN: randomBytes(32).toString("base64url") };
  return {
    modules: modules(),
    objects: wrangler.durable_objects.bindings.map(({ name: binding, class_name: className }) => ({ binding, className })),
    kv: wrangler.kv_namespaces[0].binding,
    vars: { ...wrangler.vars, ISSUER: url, REGISTRATION: "open", ...secrets },
    date: wrangler.compatibility_date,
    flags: wrangler.compatibility_flags,
  };
}

const METADATA = { redirect_uris: [CALLBACK], client_name: "Bench", id_token_signed_response_alg: "ES256" };

export async function start({ crowd, ...options }) {
  const server = await startWorker({ worker, probe: PATHS.discovery, ...options });
  const target = { issuer: server.url, address: server.url.replace("localhost", "127.0.0.1"), paths: PATHS, callback: CALLBACK, scope: "openid", clients: {}, users: [] };
  const party = new Party(target);
  const admin = async (path, json) => {
    const answer = await party.request(path, { method: "PUT", json, headers: { authorization: `Bearer ${server.vars.ADMIN_TOKEN}` } });
    if (answer.status >= 300) throw new Failure(`PUT ${path}: ${answer.status} ${answer.text}`);
  };
  const register = async (metadata) => {
    const answer = await party.request("/registration", { json: { ...METADATA, ...metadata } });
    if (answer.status !== 201) throw new Failure(`registration: ${answer.status} ${answer.text}`);
    return answer.json();
  };
  target.clients.web = await register();
  target.clients.offline = await register({ grant_types: ["authorization_code", "refresh_token"] });
  target.clients.opaque = await register();
  await admin(`/admin/clients/${target.clients.opaque.client_id}/policy`, { access_token_format: "opaque" });
  for (const user of people(crowd)) {
    await admin(`/admin/users/${user.username}`, { password: user.password, claims: user.claims });
    const browser = new Browser({ issuer: target.issuer, url: target.address });
    for (const client of Object.keys(target.clients)) ({ cookie: user.cookie } = await party.signIn(client, user, browser));
    target.users.push(user);
  }
  return { server, target };
}
