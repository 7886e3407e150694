// What the token endpoint answers to codes and refresh tokens.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { createUser, startProvider } from "../harness/provider.mjs";
import { assertJsonError } from "../support/assertions.mjs";
import { atToken, claimsAt, redeemed, refreshed, tokensOf, worked } from "../support/back_channel.mjs";
import { jwksOf } from "../support/client_keys.mjs";
import { EVERY_FLOW, RESPONSE_TYPES, granted, yields } from "../support/front_channel.mjs";
import { decode } from "../support/jwt.mjs";
import { DIANA, OFFLINE, register } from "../support/relying_party.mjs";

const WITH_CODE = RESPONSE_TYPES.filter((type) => yields(type).code);

let op, client, browser;

before(async () => {
  op = await startProvider({ vars: { REGISTRATION_LIMIT: 1000 } });
  await createUser(op, "diana", DIANA);
  client = await register(op, EVERY_FLOW);
  ({ browser } = await granted(op, client));
});
after(() => op?.stop());

const visit = (changes, of = client) => granted(op, of, changes, { browser });
const offline = async (of = client, changes = {}) => tokensOf(op, of, await visit({ ...OFFLINE, ...changes }, of));
const infoStatus = async (token) => (await op.request("/userinfo", { headers: { authorization: `Bearer ${token}` } })).status;

for (const response_type of WITH_CODE) {
  test(`Token endpoint 1: 200 in JSON with no-store, ${response_type}`, async () => {
    const answer = await redeemed(op, client, await visit({ response_type }));
    assert.equal(answer.status, 200, answer.text);
    assert.match(answer.headers["content-type"], /^application\/json\b/);
    assert.match(answer.headers["cache-control"], /\bno-store\b/);
    const { access_token, token_type, expires_in, id_token } = answer.json();
    assert.ok(typeof access_token === "string" && typeof id_token === "string");
    assert.equal(token_type, "Bearer");
    assert.ok(Number.isInteger(expires_in) && expires_in > 0);
    assert.ok((await claimsAt(op, access_token)).sub);
  });

  test(`Token endpoint 3: a code used again at once is invalid_grant, and its access token stops working, ${response_type}`, async () => {
    const done = await visit({ response_type });
    const { access_token } = await tokensOf(op, client, done);
    assert.equal(await infoStatus(access_token), 200);
    assertJsonError(await redeemed(op, client, done), 400, "invalid_grant");
    assert.equal(await infoStatus(access_token), 401);
  });
}

test("Token endpoint 1: no-store on every error", async () => {
  const wrong = { ...client, client_secret: "wrong" };
  const errors = [await redeemed(op, client, { code: "x", fields: {} }), await redeemed(op, wrong, { code: "x", fields: {} }), await atToken(op, client, {}),
    await atToken(op, client, { grant_type: "password" }), await refreshed(op, client, "x"), await op.request("/token", { json: {} })];
  for (const { status, headers, json } of errors) {
    assert.ok(status >= 400 && status < 500, `${status}`);
    assert.match(headers["cache-control"], /\bno-store\b/);
    assert.equal(typeof json().error, "string");
  }
});

test("Token endpoint 1: a code belongs to its client and its redirect URI", async () => {
  const other = await register(op, EVERY_FLOW);
  assertJsonError(await redeemed(op, other, await visit()), 400, "invalid_grant");
  for (const redirect_uri of [undefined, "https://rp.example/other", "https://rp.example/callback/"]) {
    const answer = await redeemed(op, client, await visit(), { redirect_uri });
    assertJsonError(answer, 400, redirect_uri ? "invalid_grant" : answer.json().error);
  }
});

for (const method of ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"]) {
  test(`Token endpoint 4: a refresh is 200 in JSON with no-store, ${method}`, async () => {
    const of = await register(op, { ...EVERY_FLOW, token_endpoint_auth_method: method, jwks: await jwksOf(["RS256"]) });
    const { refresh_token } = await offline(of);
    const answer = await refreshed(op, of, refresh_token);
    assert.equal(answer.status, 200, answer.text);
    assert.match(answer.headers["content-type"], /^application\/json\b/);
    assert.match(answer.headers["cache-control"], /\bno-store\b/);
    const { access_token, token_type, expires_in } = answer.json();
    assert.equal(token_type, "Bearer");
    assert.ok(Number.isInteger(expires_in));
    assert.ok((await claimsAt(op, access_token)).sub);
  });
}

test("Token endpoint 4: the refreshed ID token has a new iat and the same auth_time, azp, sub, and no foreign nonce", async () => {
  const done = await visit({ ...OFFLINE, max_age: "15000" });
  const first = await tokensOf(op, client, done);
  await pause(1100);
  const second = await worked(refreshed(op, client, first.refresh_token));
  const [old, fresh] = [decode(first.id_token).claims, decode(second.id_token).claims];
  for (const name of ["iss", "sub", "aud", "azp", "auth_time"]) assert.deepEqual(fresh[name], old[name], name);
  assert.ok(Number.isInteger(fresh.auth_time));
  assert.ok(fresh.iat > old.iat, `${fresh.iat} > ${old.iat}`);
  assert.ok(fresh.nonce === undefined || fresh.nonce === old.nonce);
  assert.notEqual(second.access_token, first.access_token);
});

test("Token endpoint 4: a refresh token belongs to one client", async () => {
  const other = await register(op, EVERY_FLOW);
  const { refresh_token } = await offline();
  assertJsonError(await refreshed(op, other, refresh_token), 400, "invalid_grant");
  await worked(refreshed(op, client, refresh_token));
});

test("Token endpoint 4: the old refresh token within 30 s gives the same successor, however many come at once", async () => {
  const { refresh_token } = await offline();
  const answers = await Promise.all(Array.from({ length: 8 }, () => worked(refreshed(op, client, refresh_token))));
  answers.push(await worked(refreshed(op, client, refresh_token)));
  const successors = new Set(answers.map((answer) => answer.refresh_token));
  assert.equal(successors.size, 1);
  assert.ok(!successors.has(refresh_token), "it does not rotate");
  for (const { access_token } of answers) assert.equal(await infoStatus(access_token), 200);
  await worked(refreshed(op, client, [...successors][0]));
});

test("Token endpoint 4: a refresh may narrow the scope and never widen it", async () => {
  const { refresh_token } = await offline(client, { scope: "openid profile offline_access" });
  const narrow = await worked(refreshed(op, client, refresh_token, { scope: "openid" }));
  assert.ok(!("name" in (await claimsAt(op, narrow.access_token))));
  const wide = await refreshed(op, client, narrow.refresh_token ?? refresh_token, { scope: "openid email" });
  assertJsonError(wide, 400, "invalid_scope");
  const again = await worked(refreshed(op, client, narrow.refresh_token ?? refresh_token));
  assert.ok("name" in (await claimsAt(op, again.access_token)));
});

test("Token endpoint 4: what is no refresh token of the client's is invalid_grant", async () => {
  const { access_token, id_token, refresh_token } = await offline();
  const { code } = await visit();
  for (const bad of ["x", access_token, id_token, code, `${refresh_token}x`, refresh_token.slice(1), refresh_token.toUpperCase()]) {
    assertJsonError(await refreshed(op, client, bad), 400, "invalid_grant");
  }
  assertJsonError(await atToken(op, client, { grant_type: "refresh_token" }), 400, "invalid_request");
  assertJsonError(await redeemed(op, client, { code: refresh_token, fields: {} }), 400, "invalid_grant");
});

test("Token endpoint 4: the replay of a code ends what was refreshed from it", async () => {
  const done = await visit(OFFLINE);
  const first = await tokensOf(op, client, done);
  const second = await worked(refreshed(op, client, first.refresh_token));
  assertJsonError(await redeemed(op, client, done), 400, "invalid_grant");
  for (const { access_token } of [first, second]) assert.equal(await infoStatus(access_token), 401);
  assertJsonError(await refreshed(op, client, second.refresh_token), 400, "invalid_grant");
});

test("Token endpoint 4: codes and refresh tokens have at least 43 characters of base64url, and no two are alike", async () => {
  const seen = [];
  for (let round = 0; round < 5; round++) {
    const done = await visit(OFFLINE);
    const { refresh_token } = await tokensOf(op, client, done);
    for (const text of [done.code, refresh_token]) assert.match(text, /^[\w-]{43,}$/);
    seen.push(done.code, refresh_token);
  }
  assert.equal(new Set(seen).size, seen.length);
});

test("Token endpoint 5: offline_access yields a refresh token, by every response type with a code", async () => {
  for (const response_type of WITH_CODE) assert.equal(typeof (await offline(client, { response_type })).refresh_token, "string", response_type);
});

test("Token endpoint 5: a client that registers the refresh_token grant gets one without offline_access", async () => {
  const plain = await register(op, { grant_types: ["authorization_code", "refresh_token"] });
  const { refresh_token } = await tokensOf(op, plain, await visit({}, plain));
  assert.equal(typeof refresh_token, "string");
  await worked(refreshed(op, plain, refresh_token));
});

test("Token endpoint 5: a client that does not register it gets none, and may not refresh", async () => {
  const plain = await register(op, { grant_types: ["authorization_code"] });
  assert.ok(!("refresh_token" in (await tokensOf(op, plain, await visit({}, plain)))));
  assertJsonError(await refreshed(op, plain, "x"), 400, "unauthorized_client");
});
