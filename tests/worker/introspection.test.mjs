// Introspection (RFC 7662; RFC 9701) on workerd: what a client is told of its own tokens.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as oidc from "openid-client";
import { createUser, startProvider } from "./harness/provider.mjs";
import { assertJsonError } from "./support/assertions.mjs";
import { authenticated, introspected, refreshed, tokensOf } from "./support/back_channel.mjs";
import { decrypted, jwksOf, read } from "./support/client_keys.mjs";
import { decode } from "./support/jwt.mjs";
import { DIANA, OFFLINE, admin, flow, random, register } from "./support/relying_party.mjs";

const JWT = "application/token-introspection+jwt";
const INACTIVE = '{"active":false}';

let op, client, browser;

before(async () => {
  op = await startProvider();
  await createUser(op, "diana", DIANA);
  client = await register(op);
  ({ browser } = await flow(op, client));
});
after(() => op?.stop());

const held = async (of = client) => tokensOf(op, of, await flow(op, of, { browser, ...OFFLINE }));

const introspect = (of, token, headers) => introspected(op, of, token, headers);

test("a client's own tokens, as JSON that nothing keeps", async () => {
  const { access_token, refresh_token } = await held();
  const { claims } = decode(access_token);
  const answer = await introspect(client, access_token);
  assert.deepEqual([answer.status, answer.headers["content-type"], answer.headers["cache-control"]], [200, "application/json", "no-store"]);
  const { scope, client_id, exp, iat, sub, aud, iss, jti } = claims;
  assert.deepEqual(answer.json(), { active: true, scope, client_id, token_type: "Bearer", exp, iat, sub, aud, iss, jti });
  const { token_type, ...refresh } = (await introspect(client, refresh_token)).json();
  assert.deepEqual([token_type, refresh.active, refresh.client_id], [undefined, true, client_id]);
  // It ends a day after the authorization, which was a moment before the token was issued.
  const lifetime = refresh.exp - refresh.iat;
  assert.ok(lifetime <= 86_400 && lifetime > 86_300, `${lifetime}`);
});

test("nothing of what has ended, is another's, or is no token", async () => {
  const first = await held();
  const other = await register(op);
  for (const token of [first.access_token, first.refresh_token]) assert.equal((await introspect(other, token)).text, INACTIVE);
  for (const token of [first.id_token, random(), "x".repeat(60_000)]) assert.equal((await introspect(client, token)).text, INACTIVE);
  const second = (await refreshed(op, client, first.refresh_token)).json();
  assert.equal((await introspect(client, first.refresh_token)).text, INACTIVE);
  const { headers } = await authenticated(op, client);
  await op.request("/revocation", { headers, form: { token: second.refresh_token } });
  for (const token of [first.access_token, second.access_token, second.refresh_token]) assert.equal((await introspect(client, token)).text, INACTIVE);
});

test("not for a public client, an unauthenticated one, or without a token", async () => {
  const open = await register(op, { token_endpoint_auth_method: "none" });
  assertJsonError(await introspect(open, (await held(open)).access_token), 401, "invalid_client");
  assertJsonError(await introspect({ ...client, client_secret: "wrong" }, "x"), 401, "invalid_client");
  assertJsonError(await introspect(client, ""), 400, "invalid_request");
});

test("it costs one question, and no read where the client has just been read; it writes nothing", async () => {
  const { access_token } = await held();
  for (const headers of [{}, { accept: JWT }]) {
    await op.resetCounts();
    assert.equal((await introspect(client, access_token, headers)).status, 200);
    const { kv, objects } = await op.counts();
    assert.deepEqual([kv.get, kv.put, objects.USERS], [0, 0, 1]);
  }
});

test("as a JWT by every algorithm, encrypted where the client wants it", async () => {
  const jwks = await jwksOf(["RSA-OAEP-256"]);
  const encrypted = { jwks, introspection_encrypted_response_alg: "RSA-OAEP-256", introspection_encrypted_response_enc: "A256GCM" };
  for (const alg of [undefined, "RS256", "PS256", "ES256", "EdDSA", "HS256"]) {
    for (const more of [{}, encrypted]) {
      const of = await register(op, { ...more, introspection_signed_response_alg: alg });
      const { access_token } = await held(of);
      const answer = await introspect(of, access_token, { accept: JWT });
      assert.deepEqual([answer.status, answer.headers["content-type"]], [200, JWT], answer.text);
      const text = more.jwks ? await decrypted(of, answer.text, { alg: "RSA-OAEP-256", enc: "A256GCM" }) : answer.text;
      const { header, claims } = await read(op, of, text, { alg: alg ?? "RS256" });
      assert.deepEqual([header.alg, header.typ], [alg ?? "RS256", "token-introspection+jwt"]);
      const { iat, token_introspection, ...rest } = claims;
      assert.deepEqual(rest, { iss: op.issuer, aud: of.client_id });
      assert.deepEqual(token_introspection, (await introspect(of, access_token)).json());
    }
  }
});

test("the operator adds claims", async () => {
  const of = await register(op);
  const json = { add_claims: { always: { introspection: { email: null } } } };
  assert.equal((await admin(op, `/admin/clients/${of.client_id}/policy`, { method: "PUT", json })).status, 200);
  assert.equal((await introspect(of, (await held(of)).access_token)).json().email, DIANA.claims.email);
});

test("openid-client's tokenIntrospection, as JSON and as a JWT", async () => {
  for (const metadata of [{}, { introspection_signed_response_alg: "ES256" }]) {
    const of = await register(op, metadata);
    const config = await oidc.discovery(new URL(op.issuer), of.client_id, of, oidc.ClientSecretBasic(of.client_secret), {
      execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
    });
    const own = await held(of);
    for (const token_type_hint of ["access_token", "refresh_token"]) {
      const said = await oidc.tokenIntrospection(config, own[token_type_hint], { token_type_hint });
      assert.deepEqual([said.active, said.client_id, said.iss], [true, of.client_id, op.issuer]);
    }
    assert.deepEqual(await oidc.tokenIntrospection(config, random()), { active: false });
  }
});
