// Request objects by value and by reference.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createUser, startProvider } from "../harness/provider.mjs";
import { assertLocal } from "../support/assertions.mjs";
import { claimsAt, tokensOf } from "../support/back_channel.mjs";
import { CONTENT_ENCRYPTION, KEY_MANAGEMENT, SIGNATURES, encryptedFor, isSymmetric, jwksOf, keyFor, requestObject } from "../support/client_keys.mjs";
import { EVERY_FLOW, MODES, RESPONSE_TYPES, answerOf, assertRefused, granted, inFront, modeOf, open, visit } from "../support/front_channel.mjs";
import { decode } from "../support/jwt.mjs";
import { CALLBACK, DIANA, challengeOf, random, register } from "../support/relying_party.mjs";
import { startSite } from "../support/site.mjs";

const OTHER = "https://rp.example/other";
const WAYS = ["by value", "by reference"];
const now = () => Math.floor(Date.now() / 1000);

let op, site, unsigned, rsa, browser, metadata;
let published = 0;

before(async () => {
  op = await startProvider({ vars: { REGISTRATION_LIMIT: 1000 } });
  site = await startSite();
  await createUser(op, "diana", DIANA);
  metadata = (await op.request("/.well-known/openid-configuration")).json();
  unsigned = await client();
  rsa = await client({ request_object_signing_alg: "RS256" });
  ({ browser } = await granted(op, unsigned));
  await granted(op, rsa, {}, { browser });
});
after(() => Promise.all([op?.stop(), site?.stop()]));

const client = async (changes = {}) => register(op, {
  ...EVERY_FLOW,
  redirect_uris: [CALLBACK, OTHER],
  request_uris: Array.from({ length: 40 }, (_, i) => site.url(`/request/${i}`)),
  jwks: await jwksOf(["RS256", "PS256", "ES256", "EdDSA"]),
  ...changes,
});

/** An object that no one has signed, with what every request needs; `fields` are added to that. */
const unsignedObject = (fields = {}) =>
  requestObject(unsigned, { client_id: unsigned.client_id, response_type: "code", redirect_uri: CALLBACK, scope: "openid", ...fields }, { alg: "none" });

/** The parameters that carry a request object: in the query, or at a place of the client's own. */
function carried(way, object) {
  if (way === "by value") return { request: object };
  return { request_uri: site.publish(`/request/${published++ % 40}`, object, { type: "application/oauth-authz-req+jwt" }) };
}

/** A visit whose query has only what OAuth demands; `fields` stand in the object alone. */
async function byObject(of, fields, { way = "by value", query = {}, alg = of.request_object_signing_alg ?? "none", browser: own = browser, header, key } = {}) {
  const response_type = fields.response_type ?? "code";
  const object = await requestObject(of, { response_type, client_id: of.client_id, redirect_uri: CALLBACK, scope: "openid", ...fields }, { alg, header, key });
  const outside = { state: undefined, nonce: undefined, response_type, ...query };
  return visit(op, of, { ...outside, ...carried(way, object) }, { browser: own });
}

/** The error that a visit ended in; the state of the object is known to it. */
function assertError(done, ...errors) {
  const { error } = done.answer ?? assert.fail(`no answer: ${done.page.status} ${done.page.location}`);
  assert.ok(errors.includes(error), JSON.stringify(done.answer));
  for (const name of ["code", "id_token", "access_token"]) assert.ok(!(name in done.answer));
  assert.equal(done.answer.iss, op.issuer);
}

for (const way of WAYS) {
  for (const response_type of RESPONSE_TYPES) {
    for (const response_mode of MODES.filter((mode) => mode !== "query" || !inFront(response_type))) {
      test(`Authorization endpoint 11: ${way}, state, nonce and ${response_mode} in the object alone, ${response_type}`, async () => {
        const fields = { state: random(), nonce: random(), response_mode, response_type };
        const done = await byObject(unsigned, fields, { way });
        assert.deepEqual([done.answer.error, done.answer.state, done.mode], [undefined, fields.state, response_mode]);
        const token = done.answer.id_token ?? (done.code && (await tokensOf(op, unsigned, done)).id_token);
        if (token) assert.equal(decode(token).claims.nonce, fields.nonce);
      });
    }
  }

  test(`Authorization endpoint 11: ${way}, unsigned and with nothing about itself`, async () => {
    const done = await byObject(unsigned, { client_id: undefined, redirect_uri: undefined, scope: undefined, state: "inside" }, { way });
    assert.equal(done.answer.state, "inside");
    await tokensOf(op, unsigned, done);
  });

  for (const alg of SIGNATURES.filter((one) => one !== "none")) {
    test(`Authorization endpoint 11: ${way}, signed by ${alg} with aud and iss, and no exp, iat, nbf, jti or kid`, async () => {
      const signing = await client({ request_object_signing_alg: alg });
      const done = await byObject(signing, { state: "inside", nonce: "inside too", iss: signing.client_id, aud: op.issuer }, { way, alg });
      assert.equal(done.answer.state, "inside", JSON.stringify(done.answer));
      assert.equal(decode((await tokensOf(op, signing, done)).id_token).claims.nonce, "inside too");
    });
  }

  test(`Authorization endpoint 11: ${way}, every claim about itself as it should be`, async () => {
    const about = { iss: rsa.client_id, aud: [op.issuer, "https://other.example"], exp: now() + 60, iat: now(), nbf: now(), jti: random() };
    const done = await byObject(rsa, { ...about, state: "inside" }, { way, header: { typ: "oauth-authz-req+jwt" } });
    assert.equal(done.answer.state, "inside", JSON.stringify(done.answer));
  });

  test(`Authorization endpoint 11: ${way}, a redirect_uri inside wins, and so does everything else`, async () => {
    const fields = { redirect_uri: OTHER, state: "inside", nonce: "n inside", scope: "openid email" };
    const object = await requestObject(rsa, { ...fields, client_id: rsa.client_id, response_type: "code", iss: rsa.client_id, aud: op.issuer });
    const query = { state: "outside", nonce: "n outside", redirect_uri: CALLBACK, scope: "openid" };
    const done = await visit(op, rsa, { ...query, ...carried(way, object) }, { browser });
    assert.ok(done.page.location.startsWith(`${OTHER}?`), done.page.location);
    const { code, state } = Object.fromEntries(new URL(done.page.location).searchParams);
    assert.equal(state, "inside");
    const { id_token, access_token } = await tokensOf(op, rsa, { code, fields: { redirect_uri: OTHER } });
    assert.equal(decode(id_token).claims.nonce, "n inside");
    assert.ok((await claimsAt(op, access_token)).email);
  });

  test(`Authorization endpoint 11: ${way}, a redirect_uri inside that is not registered is a page`, async () => {
    const object = await unsignedObject({ redirect_uri: "https://evil.example/" });
    assertLocal(await open(op, unsigned, carried(way, object), { browser }), "redirect_uri");
  });

  test(`Authorization endpoint 11: ${way}, what the object asks for counts: prompt, max_age, claims, PKCE`, async () => {
    const page = async (fields) => {
      return open(op, unsigned, { state: undefined, ...carried(way, await unsignedObject(fields)) }, { browser });
    };
    assert.ok((await page({ prompt: "login" })).root.querySelector("#login"));
    assert.ok((await page({ max_age: 0 })).root.querySelector("#login"));
    const verifier = random() + random();
    const done = await byObject(unsigned, { claims: { userinfo: { name: null } }, code_challenge: challengeOf(verifier), code_challenge_method: "S256" }, { way });
    const { access_token } = await tokensOf(op, unsigned, { ...done, verifier });
    assert.equal((await claimsAt(op, access_token)).name, DIANA.claims.name);
  });

  test(`Authorization endpoint 11: ${way}, another client_id inside is invalid_request_object`, async () => {
    for (const of of [unsigned, rsa]) assertError(await byObject(of, { client_id: (of === rsa ? unsigned : rsa).client_id }, { way }), "invalid_request_object");
    assertError(await byObject(rsa, { iss: unsigned.client_id }, { way }), "invalid_request_object");
  });

  test(`Authorization endpoint 11: ${way}, another response_type inside is refused`, async () => {
    const done = await byObject(unsigned, { response_type: "id_token", nonce: "n" }, { way, query: { response_type: "code" } });
    assertError(done, "invalid_request", "invalid_request_object");
  });

  test(`Authorization endpoint 11: ${way}, a bad signature is invalid_request_object`, async () => {
    assertError(await byObject(rsa, {}, { way, key: (await keyFor("RS256", "another")).privateKey }), "invalid_request_object");
    const object = await requestObject(rsa, { client_id: rsa.client_id, response_type: "code", redirect_uri: CALLBACK });
    const [header, , signature] = object.split(".");
    const turned = Buffer.from(JSON.stringify({ client_id: rsa.client_id, response_type: "code", redirect_uri: OTHER })).toString("base64url");
    for (const bad of [`${header}.${turned}.${signature}`, object.slice(0, -20), `${object}A`, object.split(".").slice(0, 2).join(".") + "."]) {
      assertError(await visit(op, rsa, carried(way, bad), { browser }), "invalid_request_object");
    }
  });

  test(`Authorization endpoint 11: ${way}, another alg than the registered one is invalid_request_object`, async () => {
    for (const alg of SIGNATURES.filter((one) => one !== "RS256")) assertError(await byObject(rsa, {}, { way, alg }), "invalid_request_object");
    const none = await client({ request_object_signing_alg: "none" });
    assertError(await byObject(none, {}, { way, alg: "RS256" }), "invalid_request_object");
    assert.ok((await byObject(none, {}, { way, alg: "none" })).code);
  });

  test(`Authorization endpoint 11: ${way}, expired, not yet valid or for somebody else is invalid_request_object`, async () => {
    for (const about of [{ exp: now() - 120 }, { nbf: now() + 600 }, { aud: "https://other.example" }, { aud: ["https://other.example"] }, { exp: "soon" }]) {
      assertError(await byObject(rsa, { iss: rsa.client_id, aud: op.issuer, ...about }, { way }), "invalid_request_object");
    }
  });

  test(`Authorization endpoint 11: ${way}, a request inside a request is invalid_request_object`, async () => {
    for (const nested of [{ request: "x.y.z" }, { request_uri: site.url("/request/0") }]) {
      for (const of of [unsigned, rsa]) assertError(await byObject(of, nested, { way }), "invalid_request_object");
    }
  });

  test(`Authorization endpoint 11: ${way}, what is no object is invalid_request_object`, async () => {
    const part = (text) => Buffer.from(text).toString("base64url");
    for (const object of ["x", "...", `${part('{"alg":"none"}')}.${part("[]")}.`, `${part('{"alg":"none"}')}.${part("x")}.`, `${part("{}")}.${part("{}")}.`,
      `${part('{"alg":"none"}')}.${part('{"client_id":1}')}.`, `${part('{"alg":"none"}')}.${part("[".repeat(5000))}.`]) {
      const done = await visit(op, unsigned, carried(way, object), { browser });
      assertError(done, "invalid_request_object", ...(way === "by reference" ? ["invalid_request_uri"] : []));
    }
  });
}

describe("both, and neither", () => {
  test("Authorization endpoint 11: request together with request_uri is invalid_request", async () => {
    const object = await unsignedObject();
    const page = await open(op, unsigned, { ...carried("by value", object), ...carried("by reference", object) }, { browser });
    assertRefused(op, page, "invalid_request");
  });

  test("Authorization endpoint 11: a request_uri that is not registered is invalid_request_uri, and nobody goes there", async () => {
    for (const path of ["/elsewhere", "/request/0x", "/request/0/"]) {
      const page = await open(op, unsigned, { request_uri: site.publish(path, "x") }, { browser });
      assertRefused(op, page, "invalid_request_uri", { mode: "query" });
      assert.equal(site.hits(path), 0);
    }
    for (const request_uri of ["x", "data:text/plain,x", "urn:ietf:params:oauth:request_uri:x", "file:///etc/passwd"]) {
      assertRefused(op, await open(op, unsigned, { request_uri }, { browser }), "invalid_request_uri", { mode: "query" });
    }
    for (const response_type of ["id_token", "code token"]) {
      const page = await open(op, unsigned, { response_type, request_uri: "https://rp.example/x" }, { browser });
      assertRefused(op, page, "invalid_request_uri", { mode: modeOf(response_type) });
    }
  });

  test("Authorization endpoint 11: a client that registered an alg may still send its request in the query", async () => {
    assert.ok((await granted(op, rsa, {}, { browser })).code);
  });

  test("Authorization endpoint 11: client_id stands in the query too, and the rest need not", async () => {
    const object = await unsignedObject({ state: "inside" });
    assertLocal(await open(op, unsigned, { client_id: undefined, request: object }, { browser }), "client_id");
    // RFC 9101, section 5: client_id and request alone.
    const alone = { response_type: undefined, redirect_uri: undefined, scope: undefined, state: undefined, nonce: undefined, request: object };
    const page = await open(op, unsigned, alone, { browser });
    assert.equal(answerOf(page).answer.state, "inside");
  });
});

describe("encrypted", () => {
  for (const alg of KEY_MANAGEMENT) {
    test(`Authorization endpoint 11: encrypted by ${alg}, with every content encryption`, async () => {
      if (!(metadata.request_object_encryption_alg_values_supported ?? []).includes(alg)) {
        const answer = await op.request("/registration", { json: { redirect_uris: [CALLBACK], request_object_encryption_alg: alg } });
        assert.equal(answer.status, 400, `${alg} is accepted and not advertised`);
        assert.ok(!isSymmetric(alg), `${alg} is not advertised`);
        return;
      }
      const jwk = (await op.request("/jwks")).json().keys.find((key) => key.use === "enc" && key.alg === alg);
      for (const enc of CONTENT_ENCRYPTION) {
        const of = await client({ request_object_signing_alg: "RS256", request_object_encryption_alg: alg, request_object_encryption_enc: enc });
        const object = await requestObject(of, { client_id: of.client_id, response_type: "code", redirect_uri: CALLBACK, scope: "openid", state: "inside" });
        const encrypted = await encryptedFor(of, object, { alg, enc, jwk });
        for (const way of WAYS) {
          const done = await visit(op, of, { state: undefined, ...carried(way, encrypted) }, { browser });
          assert.equal(done.answer.state, "inside", `${enc}: ${JSON.stringify(done.answer)}`);
        }
        const broken = encrypted.slice(0, -4) + (encrypted.endsWith("AAAA") ? "BBBB" : "AAAA");
        assertError(await visit(op, of, { request: broken }, { browser }), "invalid_request_object");
      }
    });
  }
});
