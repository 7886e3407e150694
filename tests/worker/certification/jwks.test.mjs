// The published keys, before and after a rotation.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as jose from "jose";
import { createUser, startProvider } from "../harness/provider.mjs";
import { claimsAt, tokensOf } from "../support/back_channel.mjs";
import { ASYMMETRIC, read } from "../support/client_keys.mjs";
import { granted } from "../support/front_channel.mjs";
import { DIANA, admin, bearer, register } from "../support/relying_party.mjs";

const PRIVATE = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];

let op, encryption, client, browser;

before(async () => {
  op = await startProvider({ vars: { REGISTRATION_LIMIT: 1000 } });
  await createUser(op, "diana", DIANA);
  encryption = (await op.request("/.well-known/openid-configuration")).json().request_object_encryption_alg_values_supported ?? [];
  client = await register(op);
  ({ browser } = await granted(op, client));
});
after(() => op?.stop());

const jwks = async () => (await op.request("/jwks")).json().keys;
const rotate = async () => {
  const answer = await admin(op, "/admin/keys/rotate", { method: "POST" });
  assert.ok(answer.status >= 200 && answer.status < 300, `${answer.status} ${answer.text}`);
};
const tokens = async (of = client) => tokensOf(op, of, await granted(op, of, {}, { browser }));

/** Every rule for one set of keys. */
function assertSound(keys) {
  assert.ok(keys.length >= 2);
  for (const key of keys) {
    assert.deepEqual(Object.keys(key).filter((name) => PRIVATE.includes(name)), []);
    assert.ok(["RSA", "EC", "OKP"].includes(key.kty), key.kty);
    assert.ok(typeof key.kid === "string" && key.kid, "no kid");
    assert.ok(typeof key.alg === "string" && key.alg, "no alg");
    // A key to encrypt for, where one is advertised, is not for signatures.
    assert.equal(key.use, encryption.includes(key.alg) ? "enc" : "sig");
  }
  assert.equal(new Set(keys.map(({ kid }) => kid)).size, keys.length);
}

test("JWKS 1: public members only, each key with its own kid, alg and use", async () => {
  const answer = await op.request("/jwks");
  assert.equal(answer.status, 200);
  assert.match(answer.headers["content-type"], /^application\/(jwk-set\+)?json\b/);
  assertSound(answer.json().keys);
});

test("JWKS 2: there is a key for RS256 and one for ES256", async () => {
  const algs = (await jwks()).map(({ alg }) => alg);
  for (const alg of ["RS256", "ES256"]) assert.ok(algs.includes(alg), `${alg} is not in ${algs}`);
});

for (const alg of ASYMMETRIC) {
  test(`JWKS 2: the kid of an ID token by ${alg} selects exactly one fitting key`, async () => {
    const other = await register(op, { id_token_signed_response_alg: alg });
    const { header } = await read(op, other, (await tokens(other)).id_token, { alg });
    const found = (await jwks()).filter(({ kid }) => kid === header.kid);
    assert.equal(found.length, 1);
    assert.deepEqual([found[0].alg, found[0].use], [alg, "sig"]);
  });
}

test("JWKS 2: the kid of an access token selects exactly one fitting key", async () => {
  const { alg, kid, typ } = jose.decodeProtectedHeader((await tokens()).access_token);
  assert.equal(typ, "at+jwt");
  assert.deepEqual((await jwks()).filter((key) => key.kid === kid).map((key) => key.alg), [alg]);
});

test("JWKS 3: a rotation shows new keys at once, and the old ones as they were", async () => {
  const old = await op.request("/jwks");
  const before = await tokens();
  await rotate();
  const fresh = await op.request("/jwks", { headers: { "if-none-match": old.headers.etag ?? '"none"' } });
  assert.equal(fresh.status, 200, "a stale copy is called fresh");
  const keys = fresh.json().keys;
  assertSound(keys);
  const known = old.json().keys;
  for (const key of known) {
    assert.deepEqual(keys.filter(({ kid }) => kid === key.kid).map((one) => JSON.stringify(one)), [JSON.stringify(key)]);
  }
  const added = keys.filter(({ kid }) => !known.some((key) => key.kid === kid));
  for (const alg of ["RS256", "ES256"]) assert.ok(added.some((key) => key.alg === alg), `no new key for ${alg}`);
  const material = ({ n, x }) => n ?? x;
  assert.equal(new Set(keys.map(material)).size, keys.length, "key material is used again");

  await read(op, client, before.id_token);
  assert.equal((await claimsAt(op, before.access_token)).sub, jose.decodeJwt(before.id_token).sub);
  const after = await tokens();
  await read(op, client, after.id_token);
  await claimsAt(op, after.access_token);
  const again = await granted(op, client, { id_token_hint: before.id_token, prompt: "none" }, { browser });
  assert.ok(again.code);
});

test("JWKS 3: no stale copy is served: not to anybody who asks at once, not after a restart", async () => {
  await rotate();
  const shown = await jwks();
  const again = await Promise.all(Array.from({ length: 10 }, jwks));
  for (const keys of again) assert.deepEqual(keys, shown);
  // Its successors still wait for their time, so nothing has to be made; and nothing may go.
  await rotate();
  const later = await jwks();
  for (const key of shown) assert.ok(later.some((one) => JSON.stringify(one) === JSON.stringify(key)), `${key.kid} is gone`);
  await op.restart();
  assert.deepEqual(await jwks(), later);
});

test("JWKS 3: only the operator rotates", async () => {
  const before = await jwks();
  for (const headers of [{}, bearer("x"), bearer(client.registration_access_token), bearer((await tokens()).access_token)]) {
    assert.equal((await op.request("/admin/keys/rotate", { method: "POST", headers })).status, 401);
  }
  const byGet = await admin(op, "/admin/keys/rotate");
  assert.ok([404, 405].includes(byGet.status), `${byGet.status}`);
  assert.deepEqual(await jwks(), before);
});
