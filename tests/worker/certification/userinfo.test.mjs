// Userinfo: how a token is brought, and in which form the claims come.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createUser, startProvider } from "../harness/provider.mjs";
import { claimsAt, refreshed, tokensOf, worked } from "../support/back_channel.mjs";
import { SIGNATURES, read } from "../support/client_keys.mjs";
import { EVERY_FLOW, RESPONSE_TYPES, granted, yields } from "../support/front_channel.mjs";
import { decode } from "../support/jwt.mjs";
import { DIANA, bearer, register } from "../support/relying_party.mjs";

const EVERYTHING = "openid profile email address phone";
const WITH_TOKEN = RESPONSE_TYPES.filter((type) => yields(type).code || yields(type).token);
const STRINGS = ["name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture", "website", "gender", "zoneinfo",
  "locale", "email", "phone_number"];

let op, client, browser;

before(async () => {
  op = await startProvider({ vars: { REGISTRATION_LIMIT: 1000 } });
  await createUser(op, "diana", DIANA);
  client = await register(op, EVERY_FLOW);
  ({ browser } = await granted(op, client, { scope: EVERYTHING }));
});
after(() => op?.stop());

const ask = (options) => op.request("/userinfo", options);

/** Every access token of a flow, with the sub of an ID token that came along. */
async function accessTokens(response_type, of = client, scope = "openid email") {
  const done = await granted(op, of, { response_type, scope }, { browser });
  const back = done.code ? await tokensOf(op, of, done) : {};
  const id_token = done.answer.id_token ?? back.id_token;
  return { tokens: [done.answer.access_token, back.access_token].filter(Boolean), sub: id_token && decode(id_token).claims.sub };
}

for (const response_type of WITH_TOKEN) {
  test(`UserInfo 1: by GET and POST with the header, and by POST in the body, ${response_type}`, async () => {
    const { tokens, sub } = await accessTokens(response_type);
    assert.equal(tokens.length, Number(yields(response_type).code) + Number(yields(response_type).token));
    for (const token of tokens) {
      for (const options of [{ headers: bearer(token) }, { method: "POST", headers: bearer(token) }, { form: { access_token: token } }]) {
        const answer = await ask(options);
        assert.equal(answer.status, 200, answer.text);
        assert.match(answer.headers["content-type"], /^application\/json\b/);
        assert.deepEqual([answer.json().email, answer.json().sub], [DIANA.claims.email, sub]);
      }
    }
  });
}

test("UserInfo 1: a refreshed access token works too", async () => {
  const first = await tokensOf(op, client, await granted(op, client, { scope: "openid offline_access", prompt: "consent" }, { browser }));
  const second = await worked(refreshed(op, client, first.refresh_token));
  for (const { access_token } of [first, second]) assert.equal((await claimsAt(op, access_token)).sub, decode(first.id_token).claims.sub);
});

test("UserInfo 1: no token and no good one are 401 with a challenge", async () => {
  for (const options of [{}, { headers: bearer("x") }, { form: { access_token: "x" } }, { method: "POST" }]) {
    const answer = await ask(options);
    assert.equal(answer.status, 401);
    assert.match(answer.headers["www-authenticate"], /^Bearer\b/);
  }
});

for (const alg of SIGNATURES) {
  test(`UserInfo 2: signed by ${alg} where that is registered, whatever the request accepts`, async () => {
    const { userinfo_signing_alg_values_supported: supported } = (await op.request("/.well-known/openid-configuration")).json();
    if (alg === "none" && !supported.includes(alg)) {
      const answer = await op.request("/registration", { json: { redirect_uris: client.redirect_uris, userinfo_signed_response_alg: alg } });
      return assert.deepEqual([answer.status, answer.json().error], [400, "invalid_client_metadata"]);
    }
    const signing = await register(op, { ...EVERY_FLOW, userinfo_signed_response_alg: alg });
    assert.equal(signing.userinfo_signed_response_alg, alg);
    const { tokens: [token], sub } = await accessTokens("code", signing);
    for (const headers of [{}, { accept: "application/json" }, { accept: "*/*" }, { accept: "application/jwt" }]) {
      for (const method of ["GET", "POST"]) {
        const answer = await ask({ method, headers: { ...bearer(token), ...headers } });
        assert.equal(answer.status, 200, answer.text);
        assert.match(answer.headers["content-type"], /^application\/jwt\b/);
        const { claims, header } = await read(op, signing, answer.text, { alg });
        assert.deepEqual([claims.iss, [claims.aud].flat(), claims.sub, claims.email], [op.issuer, [signing.client_id], sub, DIANA.claims.email]);
        assert.equal(header.alg, alg);
        if (!alg.startsWith("HS") && alg !== "none") assert.ok(header.kid);
      }
    }
  });
}

test("UserInfo 2: JSON for a client that registers nothing, whatever the request accepts", async () => {
  const { tokens: [token] } = await accessTokens("code");
  for (const accept of ["application/json", "application/jwt", "*/*", "text/html"]) {
    const answer = await ask({ headers: { ...bearer(token), accept } });
    assert.match(answer.headers["content-type"], /^application\/json\b/);
    assert.equal(answer.json().email, DIANA.claims.email);
  }
});

test("UserInfo 2: pairwise: the sub is the ID token's there too", async () => {
  const pairwise = await register(op, { ...EVERY_FLOW, subject_type: "pairwise" });
  const seen = new Set();
  for (const response_type of WITH_TOKEN.filter((type) => type !== "code token")) {
    const { tokens, sub } = await accessTokens(response_type, pairwise);
    for (const token of tokens) assert.equal((await claimsAt(op, token)).sub, sub);
    seen.add(sub);
  }
  assert.equal(seen.size, 1);
  assert.ok(!seen.has((await accessTokens("code")).sub));
});

test("UserInfo 3: a value for every standard claim, each of its type", async () => {
  const { tokens: [token] } = await accessTokens("code", client, EVERYTHING);
  const claims = await claimsAt(op, token);
  for (const name of STRINGS) assert.ok(typeof claims[name] === "string" && claims[name], name);
  for (const name of ["email_verified", "phone_number_verified"]) assert.equal(typeof claims[name], "boolean", name);
  for (const name of ["profile", "picture", "website"]) assert.ok(URL.canParse(claims[name]), name);
  assert.match(claims.birthdate, /^\d{4}-\d{2}-\d{2}$/);
  assert.ok(Number.isInteger(claims.updated_at) && claims.updated_at < Date.now() / 1000 && claims.updated_at > 1e9, `${claims.updated_at}`);
  assert.ok(Object.keys(claims.address).length);
  for (const [name, value] of Object.entries(claims.address)) assert.ok(typeof value === "string" && value, name);
  assert.ok(Intl.supportedValuesOf("timeZone").includes(claims.zoneinfo), claims.zoneinfo);
});

test("UserInfo 3: empty claims are left out", async () => {
  const claims = { name: "Empty", nickname: "", given_name: null, middle_name: "", address: {}, email: "" };
  await createUser(op, "empty", { ...DIANA, claims });
  const done = await granted(op, client, { scope: EVERYTHING }, { username: "empty" });
  const { sub, ...told } = await claimsAt(op, (await tokensOf(op, client, done)).access_token);
  assert.ok(sub);
  assert.deepEqual(told, { name: "Empty" });
});

test("UserInfo 4: openid email yields no name", async () => {
  for (const scope of ["openid email", "email openid"]) {
    const { tokens: [token] } = await accessTokens("code", client, scope);
    const { sub, ...claims } = await claimsAt(op, token);
    assert.deepEqual(Object.keys(claims).sort(), ["email", "email_verified"]);
  }
});
