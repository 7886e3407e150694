// What a client does without a browser: it redeems, refreshes, introspects, revokes and asks userinfo, authenticating as it has registered.
import assert from "node:assert/strict";
import { assertJsonError } from "./assertions.mjs";
import { assertionFields } from "./client_keys.mjs";
import { bearer, credentials, userinfo } from "./relying_party.mjs";

const FROM_ASSERTION = ["client_secret_jwt", "private_key_jwt"];

/** The headers and fields by which a client authenticates, whatever method it has registered. */
export async function authenticated(op, client) {
  if (!FROM_ASSERTION.includes(client.token_endpoint_auth_method)) return credentials(client);
  return { headers: {}, fields: await assertionFields(op, client, { alg: client.token_endpoint_auth_signing_alg }) };
}

const given = (fields) => Object.entries(fields).filter(([, value]) => value !== undefined);

async function ask(op, client, path, parameters, moreHeaders = {}) {
  const { headers, fields } = await authenticated(op, client);
  return op.request(path, { headers: { ...headers, ...moreHeaders }, form: given({ ...fields, ...parameters }) });
}

/** A request of the client's to the token endpoint. */
export const atToken = (op, client, grant) => ask(op, client, "/token", grant);

/** Redeems the code of a `visit`; `changes` to the fields, undefined leaving one out. */
export const redeemed = (op, client, { code, verifier, fields }, changes = {}) =>
  atToken(op, client, { grant_type: "authorization_code", code, redirect_uri: fields.redirect_uri, code_verifier: verifier, ...changes });

export const refreshed = (op, client, refresh_token, changes = {}) =>
  atToken(op, client, { grant_type: "refresh_token", refresh_token, ...changes });

export const introspected = (op, client, token, headers) => ask(op, client, "/introspection", { token }, headers);
export const revoked = (op, client, token, changes = {}) => ask(op, client, "/revocation", { token, ...changes });

/** The token response of a request that has to work. */
export async function worked(answer) {
  const { status, text, json } = await answer;
  assert.equal(status, 200, text);
  return json();
}

/** Redeems and expects it to work: the token response. */
export const tokensOf = (op, client, visit) => worked(redeemed(op, client, visit));

/** The claims that userinfo releases for an access token. */
export const claimsAt = async (op, token) => worked(op.request("/userinfo", { headers: bearer(token) }));

/** No token of a response works anywhere. */
export async function assertDead(op, client, { access_token, refresh_token }) {
  if (access_token) assert.equal((await userinfo(op, access_token)).status, 401);
  for (const token of [access_token, refresh_token].filter(Boolean)) {
    assert.equal((await introspected(op, client, token)).text, '{"active":false}');
  }
  if (refresh_token) assertJsonError(await refreshed(op, client, refresh_token), 400, "invalid_grant");
}
