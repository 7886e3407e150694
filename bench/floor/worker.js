// The floor of each operation: what a Worker written by hand has to do on storage and by WebCrypto for the same answer, without the rules of the
// specifications: one read of the client's record, one call of the person's object with the statements that the provider runs there, the signatures.
// It is no provider: nothing is sealed, little is checked.
import { heirOf } from "./ids.js";
import { decode, encode, sign, verified } from "./jwt.js";

export { User } from "./user.js";

const ID_TOKEN_LIFETIME = 300;
const TOKEN_LIFETIME = 3600;

const json = (value, status = 200) => Response.json(value, { status, headers: { "cache-control": "no-store" } });
const refused = (error, status = 400) => json({ error }, status);
const user = (env, name) => env.USERS.getByName(name);

/** Whom a code or a token is of, and which it is. */
const locator = (name, id) => `${name}~${encode(id)}`;
function located(text) {
  const [name, id] = text.split("~");
  return { name, id: decode(id) };
}

const clients = new Map();

/** The client from KV, unless it is to be remembered and is. */
async function client(env, id) {
  const known = clients.get(id);
  if (known && Date.now() - known.at < env.CLIENT_MEMORY) return known.record;
  const record = await env.KV.get(`client/${id}`, "json");
  if (record) clients.set(id, { record, at: Date.now() });
  return record;
}

async function authenticated(env, request) {
  const [id, secret] = atob(request.headers.get("authorization").slice(6)).split(":");
  const record = await client(env, id);
  return record?.client_secret === secret ? record : undefined;
}

async function authorize(env, request, query) {
  const record = await client(env, query.get("client_id"));
  if (!record?.redirect_uris.includes(query.get("redirect_uri"))) return refused("invalid_request");
  const { name, id: login } = located(request.headers.get("cookie").split("login=")[1]);
  const asked = { redirectUri: query.get("redirect_uri"), challenge: query.get("code_challenge"), nonce: query.get("nonce") };
  const format = record.isOpaque ? '"opaque"' : '"jwt"';
  const code = await user(env, name).authorize({ login, client: record.client_id, sub: name, scope: query.get("scope"), request: asked, format });
  if (!code) return refused("login_required");
  const answer = new URLSearchParams({ code: locator(name, code), state: query.get("state"), iss: env.ISSUER });
  return new Response(null, { status: 303, headers: { location: `${query.get("redirect_uri")}?${answer}`, "cache-control": "no-store" } });
}

async function token(env, request) {
  const form = new URLSearchParams(await request.text());
  const record = await authenticated(env, request);
  if (!record) return refused("invalid_client", 401);
  const minted = await (form.get("grant_type") === "refresh_token" ? refresh : redeem)(env, record, form);
  if (!minted) return refused("invalid_grant");
  const now = Math.floor(Date.now() / 1000);
  const common = { iss: env.ISSUER, sub: minted.sub, iat: now, auth_time: minted.authTime, acr: minted.acr };
  const access = { ...common, aud: env.ISSUER, client_id: record.client_id, scope: minted.scope, jti: locator(minted.sub, minted.access), exp: now + TOKEN_LIFETIME };
  const identity = { ...common, aud: record.client_id, nonce: minted.nonce, exp: now + ID_TOKEN_LIFETIME };
  const [accessToken, idToken] = await Promise.all([record.isOpaque ? access.jti : sign("at+jwt", access), sign("JWT", identity)]);
  return json({
    access_token: accessToken,
    token_type: "Bearer",
    expires_in: TOKEN_LIFETIME,
    scope: minted.scope,
    id_token: idToken,
    refresh_token: minted.refresh && locator(minted.sub, minted.refresh),
  });
}

async function redeem(env, record, form) {
  const { name, id: grant } = located(form.get("code"));
  const verifier = new TextEncoder().encode(form.get("code_verifier"));
  const [digest, heir] = await Promise.all([crypto.subtle.digest("SHA-256", verifier), heirOf(grant)]);
  const challenge = encode(new Uint8Array(digest));
  return user(env, name).redeem({ grant, heir, client: record.client_id, redirectUri: form.get("redirect_uri"), challenge, isRefreshed: record.isRefreshed });
}

function refresh(env, record, form) {
  const { name, id } = located(form.get("refresh_token"));
  return user(env, name).refresh({ token: id, client: record.client_id });
}

const jtiOf = async (text) => (text.includes("~") ? text : (await verified(text))?.jti);

/** What the person's object says of an access token when it is asked `question`. */
async function look(env, question, text) {
  const jti = await jtiOf(text);
  if (!jti) return undefined;
  const { name, id } = located(jti);
  return { jti, ...(await user(env, name)[question]({ token: id })) };
}

async function userinfo(env, request) {
  const found = await look(env, "claims", request.headers.get("authorization").slice(7));
  return found?.sub ? json({ sub: found.sub }) : refused("invalid_token", 401);
}

async function introspection(env, request) {
  const form = new URLSearchParams(await request.text());
  const record = await authenticated(env, request);
  if (!record) return refused("invalid_client", 401);
  const found = await look(env, "introspect", form.get("token"));
  if (found?.client !== record.client_id) return json({ active: false });
  const { sub, scope, jti, resources, issued: iat, expires: exp } = found;
  return json({ active: true, scope, client_id: record.client_id, token_type: "Bearer", exp, iat, sub, aud: resources, iss: env.ISSUER, jti });
}

/** Clients and people, with a login for each: what the others get by registration and by signing in. */
async function begin(env, request) {
  const { clients, people, scope } = await request.json();
  for (const record of clients) await env.KV.put(`client/${record.client_id}`, JSON.stringify(record));
  const ids = clients.map(({ client_id: id }) => id);
  const logins = await Promise.all(people.map((name) => user(env, name).begin({ clients: ids, scope })));
  return json(logins.map((login, i) => `login=${locator(people[i], login)}`));
}

export default {
  fetch(request, env) {
    const url = new URL(request.url);
    if (url.pathname === "/authorization") return authorize(env, request, url.searchParams);
    if (url.pathname === "/token") return token(env, request);
    if (url.pathname === "/userinfo") return userinfo(env, request);
    if (url.pathname === "/introspection") return introspection(env, request);
    if (url.pathname === "/begin") return begin(env, request);
    return new Response("constant");
  },
};
