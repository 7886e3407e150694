// A relying party without a library: it registers, sends a scriptless browser through the pages, and redeems what comes back.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { Browser } from "../harness/browserless.mjs";

export const CALLBACK = "https://rp.example/callback";
export const DIANA = JSON.parse(readFileSync(new URL("../../../examples/diana.json", import.meta.url)));
export const PASSWORD = DIANA.password;

export const random = () => randomBytes(24).toString("base64url");
export const challengeOf = (verifier) => createHash("sha256").update(verifier).digest("base64url");
const given = (fields) => Object.entries(fields).filter(([, value]) => value !== undefined);

/** Registers a client: https callback, code flow, client_secret_basic, unless `metadata` says otherwise. */
export async function register(op, metadata = {}) {
  const answer = await op.request("/registration", { json: { redirect_uris: [CALLBACK], client_name: "Alpine Supply", ...metadata } });
  assert.equal(answer.status, 201, answer.text);
  return answer.json();
}

/** An authorization request with PKCE: { verifier, fields, path }. A field that is undefined is left out, one that is a list repeats. */
export function authorizationRequest(client, changes = {}) {
  const verifier = randomBytes(32).toString("base64url");
  const fields = {
    client_id: client.client_id,
    redirect_uri: client.redirect_uris[0],
    response_type: "code",
    scope: "openid",
    state: random(),
    nonce: random(),
    code_challenge: challengeOf(verifier),
    code_challenge_method: "S256",
    ...changes,
  };
  const pairs = given(fields).flatMap(([name, value]) => [value].flat().map((one) => [name, one]));
  return { verifier: fields.code_challenge && verifier, fields, pairs, path: `/authorization?${new URLSearchParams(pairs)}` };
}

/** Changes to an authorization request that bring a refresh token. */
export const OFFLINE = { scope: "openid offline_access", prompt: "consent" };

/** Changes to an authorization request that leave PKCE out of it: every repeat of its code is then a replay, at once. */
export const WITHOUT_PKCE = { code_challenge: undefined, code_challenge_method: undefined };

/** Sends an authorization request without any cookie; `changes` as in authorizationRequest. */
export async function authorize(op, client, changes, options) {
  const request = authorizationRequest(client, changes);
  return { ...(await op.request(request.path, options)), request };
}

/** Fills in the sign-in page. */
export const signIn = (browser, page, { username = "diana", password = PASSWORD } = {}) =>
  browser.submit(page, { form: "form:has(#login)", fields: { username, password } });

/**
 * Goes from an authorization request to the client's answer, by whatever pages come: { page, answer, code, browser, ...request }.
 * `browser`: one that may hold a session; `decision`: the button of the consent page.
 */
export async function flow(op, client, { browser = new Browser(op), username, password, decision = "allow", ...changes } = {}) {
  const request = authorizationRequest(client, changes);
  let page = await browser.get(op.issuer + request.path);
  if (page.root.querySelector("#login")) page = await signIn(browser, page, { username, password });
  if (page.root.querySelector("#allow")) page = await browser.submit(page, { button: decision });
  assert.equal(page.status, 303, page.root.querySelector("main")?.text.trim() ?? page.text);
  const answer = Object.fromEntries(new URL(page.location).searchParams);
  return { ...request, page, answer, code: answer.code, browser };
}

const basic = (id, secret) => `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString("base64")}`;

/** The headers and fields by which a client authenticates as it has registered. */
export function credentials({ client_id, client_secret, token_endpoint_auth_method: method }) {
  if (method === "client_secret_basic") return { headers: { authorization: basic(client_id, client_secret) }, fields: {} };
  return { headers: {}, fields: method === "none" ? { client_id } : { client_id, client_secret } };
}

/** Redeems the code of a `flow`; `changes` to the fields, undefined leaving one out. */
export function redeem(op, client, { code, verifier, fields }, changes = {}, moreHeaders = {}) {
  const { headers, fields: own } = credentials(client);
  const grant = { grant_type: "authorization_code", code, redirect_uri: fields.redirect_uri, code_verifier: verifier };
  return op.request("/token", { headers: { ...headers, ...moreHeaders }, form: given({ ...own, ...grant, ...changes }) });
}

/** Redeems and expects it to work: the token response. */
export async function tokens(op, client, flow) {
  const answer = await redeem(op, client, flow);
  assert.equal(answer.status, 200, answer.text);
  return answer.json();
}

export const bearer = (token) => ({ authorization: `Bearer ${token}` });
export const userinfo = (op, token) => op.request("/userinfo", { headers: bearer(token) });
export const admin = (op, path, options) => op.request(path, { ...options, headers: bearer(op.adminToken) });

/** The session tree of a user, as the operator sees it. */
export const sessions = async (op, username = "diana") => (await admin(op, `/admin/sessions/${encodeURIComponent(username)}`)).json();

/** The same as text, for comparisons: without signatures, which are made anew at every look. */
export const treeOf = async (op, username) => JSON.stringify(await sessions(op, username)).replace(/(eyJ[\w-]+\.[\w-]+)\.[\w-]+/g, "$1");
