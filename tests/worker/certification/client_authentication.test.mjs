// Client authentication at the token endpoint, by every method.
import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { after, before, test } from "node:test";
import { createUser, startProvider } from "../harness/provider.mjs";
import { assertJsonError } from "../support/assertions.mjs";
import { redeemed, tokensOf } from "../support/back_channel.mjs";
import { ASYMMETRIC, assertion, jwksOf, keyFor, signed } from "../support/client_keys.mjs";
import { granted } from "../support/front_channel.mjs";
import { DIANA, challengeOf, random, register } from "../support/relying_party.mjs";

const METHODS = ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"];
const BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const now = () => Math.floor(Date.now() / 1000);

let op, browser, jwks;
const clients = {};

before(async () => {
  op = await startProvider({ vars: { REGISTRATION_LIMIT: 1000 } });
  await createUser(op, "diana", DIANA);
  jwks = await jwksOf(["RS256"]);
  ({ browser } = await granted(op, await register(op)));
});
after(() => op?.stop());

const clientOf = async (method) => (clients[method] ??= await register(op, { token_endpoint_auth_method: method, jwks }));
const escaped = (text) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
const basic = (id, secret) => ({ authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}` });

/** Redeems a fresh code of the client's with exactly these credentials. */
async function redeemBy(client, { headers = {}, fields = {}, path = "/token" }) {
  const verifier = random() + random();
  const done = await granted(op, client, { code_challenge: challengeOf(verifier), code_challenge_method: "S256" }, { browser });
  const grant = { grant_type: "authorization_code", code: done.code, redirect_uri: done.fields.redirect_uri, code_verifier: verifier };
  const form = Object.entries({ ...grant, ...fields }).filter(([, value]) => value !== undefined);
  return op.request(path, { headers, form });
}
const asserting = (client_assertion, changes = {}) => ({ fields: { client_assertion, client_assertion_type: BEARER, ...changes } });

/** The credentials of a client by any method, whether it has registered that or not. */
async function by(method, client) {
  const { client_id, client_secret } = client;
  if (method === "client_secret_basic") return { headers: basic(client_id, client_secret) };
  if (method === "client_secret_post") return { fields: { client_id, client_secret } };
  if (method === "none") return { fields: { client_id } };
  return asserting(await assertion(op, client, { alg: method === "client_secret_jwt" ? "HS256" : "RS256" }));
}

for (const method of METHODS) {
  test(`Token endpoint 2: ${method} works`, async () => {
    const client = await clientOf(method);
    assert.equal(client.token_endpoint_auth_method, method);
    await tokensOf(op, client, await granted(op, client, {}, { browser }));
  });

  for (const other of METHODS.filter((one) => one !== method)) {
    test(`Token endpoint 2: ${other} by a client of ${method} is invalid_client`, async () => {
      const client = await clientOf(method);
      const secret = client.client_secret ?? "x".repeat(43);
      assertJsonError(await redeemBy(client, await by(other, { ...client, client_secret: secret })), 401, "invalid_client");
    });
  }
}

test("Token endpoint 2: Basic: id and secret are form-urlencoded before base64, and both are decoded", async () => {
  const client = await clientOf("client_secret_basic");
  const { client_id, client_secret } = client;
  for (const encode of [encodeURIComponent, escaped, (text) => escaped(text).toUpperCase()]) {
    const answer = await redeemBy(client, { headers: basic(encode(client_id), encode(client_secret)) });
    assert.equal(answer.status, 200, answer.text);
  }
});

test("Token endpoint 2: Basic: whatever is wrong is invalid_client with a challenge", async () => {
  const client = await clientOf("client_secret_basic");
  const { client_id, client_secret } = client;
  const encoded = (text) => ({ authorization: `Basic ${Buffer.from(text).toString("base64")}` });
  const wrong = [basic(client_id, "wrong"), basic(client_id, ""), basic(random(), client_secret), basic(client_id, `${client_secret}%zz`)];
  for (const headers of [...wrong, encoded(client_id), encoded(""), { authorization: "Basic ~~~" }, { authorization: "Basic" }]) {
    const answer = await redeemBy(client, { headers });
    assertJsonError(answer, 401, "invalid_client");
    assert.match(answer.headers["www-authenticate"], /^Basic\b/);
  }
});

test("Token endpoint 2: client_secret_post: a wrong, empty or missing secret is invalid_client", async () => {
  const client = await clientOf("client_secret_post");
  for (const client_secret of ["wrong", "", undefined]) {
    assertJsonError(await redeemBy(client, { fields: { client_id: client.client_id, client_secret } }), 401, "invalid_client");
  }
});

test("Token endpoint 2: two methods at once are invalid_request", async () => {
  for (const method of METHODS.slice(0, 4)) {
    const client = await clientOf(method);
    const own = await by(method, client);
    for (const other of METHODS.slice(0, 4).filter((one) => one !== method)) {
      const more = await by(other, { ...client, client_secret: client.client_secret ?? "x".repeat(43) });
      const both = { headers: { ...own.headers, ...more.headers }, fields: { ...own.fields, ...more.fields } };
      const answer = await redeemBy(client, both);
      // Two assertions cannot stand side by side: the second replaces the first.
      const two = method.endsWith("_jwt") && other.endsWith("_jwt");
      assertJsonError(answer, two ? 401 : 400, two ? "invalid_client" : "invalid_request");
    }
  }
});

for (const method of ["client_secret_jwt", "private_key_jwt"]) {
  test(`Token endpoint 2: ${method}: the client is found from the assertion, and may be named beside it`, async () => {
    const client = await clientOf(method);
    for (const client_id of [undefined, client.client_id]) {
      const answer = await redeemBy(client, asserting(await assertion(op, client), { client_id }));
      assert.equal(answer.status, 200, answer.text);
    }
    const other = await clientOf("client_secret_post");
    const answer = await redeemBy(client, asserting(await assertion(op, client), { client_id: other.client_id }));
    assert.ok([400, 401].includes(answer.status) && ["invalid_client", "invalid_request"].includes(answer.json().error), answer.text);
  });

  test(`Token endpoint 2: ${method}: aud is the issuer or the token endpoint, alone or in a list`, async () => {
    const client = await clientOf(method);
    const endpoint = `${op.issuer}/token`;
    for (const aud of [op.issuer, endpoint, [op.issuer], [endpoint], [endpoint, op.issuer]]) {
      const answer = await redeemBy(client, asserting(await assertion(op, client, { aud })));
      assert.equal(answer.status, 200, `${aud}: ${answer.text}`);
    }
    for (const aud of [undefined, "", "https://other.example", [], ["https://other.example"], `${op.issuer}/other`, `${op.issuer}/`, 1]) {
      assertJsonError(await redeemBy(client, asserting(await assertion(op, client, { aud }))), 401, "invalid_client");
    }
  });

  test(`Token endpoint 2: ${method}: an assertion that is wrong in any way is invalid_client`, async () => {
    const client = await clientOf(method);
    const changes = [{ iss: undefined }, { sub: undefined }, { iss: "x" }, { sub: "x" }, { iss: random(), sub: random() }, { exp: undefined }, { exp: now() - 120 },
      { exp: "soon" }, { nbf: now() + 600 }, { alg: "none" }];
    for (const change of changes) {
      assertJsonError(await redeemBy(client, asserting(await assertion(op, client, change))), 401, "invalid_client");
    }
    const right = await assertion(op, client);
    const [header, payload] = right.split(".");
    for (const bad of ["x", "..", "", `${header}.${payload}.`, `${right.slice(0, -10)}AAAAAAAAAA`]) {
      const answer = await redeemBy(client, asserting(bad));
      assert.ok(["invalid_client", "invalid_request"].includes(answer.json().error), `${bad.slice(0, 20)}: ${answer.text}`);
    }
  });

  test(`Token endpoint 2: ${method}: an assertion works once`, async () => {
    const client = await clientOf(method);
    const once = asserting(await assertion(op, client));
    assert.equal((await redeemBy(client, once)).status, 200);
    assertJsonError(await redeemBy(client, once), 401, "invalid_client");
  });

  test(`Token endpoint 2: ${method}: the type has to be named`, async () => {
    const client = await clientOf(method);
    for (const client_assertion_type of [undefined, "x", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"]) {
      const answer = await redeemBy(client, asserting(await assertion(op, client), { client_assertion_type }));
      assert.ok(["invalid_client", "invalid_request"].includes(answer.json().error), answer.text);
      assertJsonError(answer, answer.json().error === "invalid_client" ? 401 : 400, answer.json().error);
    }
  });
}

for (const alg of ASYMMETRIC) {
  test(`Token endpoint 2: private_key_jwt by ${alg}, with and without a kid`, async () => {
    for (const kid of [undefined, "mine"]) {
      const client = await register(op, { token_endpoint_auth_method: "private_key_jwt", jwks: await jwksOf([alg], { kid }) });
      for (const header of kid ? [{ kid }, {}] : [{}]) {
        const answer = await redeemBy(client, asserting(await assertion(op, client, { alg, header })));
        assert.equal(answer.status, 200, `${JSON.stringify(header)}: ${answer.text}`);
      }
    }
  });

  test(`Token endpoint 2: private_key_jwt: a key without a kid is found among several, ${alg}`, async () => {
    const { keys: [own] } = await jwksOf([alg]);
    const another = (await keyFor(alg, "another")).jwk;
    const several = { keys: [another, ...(await jwksOf(["ES256", "RSA-OAEP"])).keys, own] };
    const client = await register(op, { token_endpoint_auth_method: "private_key_jwt", jwks: several });
    assert.equal((await redeemBy(client, asserting(await assertion(op, client, { alg })))).status, 200);
    const { privateKey: stranger } = await keyFor(alg, "stranger");
    assertJsonError(await redeemBy(client, asserting(await assertion(op, client, { alg, key: stranger }))), 401, "invalid_client");
  });

  test(`Token endpoint 2: a registered token_endpoint_auth_signing_alg of ${alg} is the only one`, async () => {
    const client = await register(op, { token_endpoint_auth_method: "private_key_jwt", token_endpoint_auth_signing_alg: alg, jwks: await jwksOf(ASYMMETRIC) });
    assert.equal((await redeemBy(client, asserting(await assertion(op, client, { alg })))).status, 200);
    for (const other of ASYMMETRIC.filter((one) => one !== alg)) {
      assertJsonError(await redeemBy(client, asserting(await assertion(op, client, { alg: other }))), 401, "invalid_client");
    }
  });
}

test("Token endpoint 2: HS256 keyed with a public key, and a key that the assertion brings along, are invalid_client", async () => {
  const client = await clientOf("private_key_jwt");
  const { jwk } = await keyFor("RS256");
  const pem = createPublicKey({ key: jwk, format: "jwk" }).export({ type: "spki", format: "pem" });
  for (const secret of [pem, JSON.stringify(jwk), client.client_secret ?? "x".repeat(43)]) {
    const key = new TextEncoder().encode(secret);
    assertJsonError(await redeemBy(client, asserting(await assertion(op, client, { alg: "HS256", key }))), 401, "invalid_client");
  }
  const stranger = await keyFor("RS256", "stranger");
  const brought = await assertion(op, client, { key: stranger.privateKey, header: { jwk: stranger.jwk } });
  assertJsonError(await redeemBy(client, asserting(brought)), 401, "invalid_client");
});

test("Token endpoint 2: an assertion of another client's, or about another, is invalid_client", async () => {
  const client = await clientOf("client_secret_jwt");
  const other = await register(op, { token_endpoint_auth_method: "client_secret_jwt" });
  const about = { iss: client.client_id, sub: client.client_id, aud: op.issuer, jti: random(), exp: now() + 60 };
  assertJsonError(await redeemBy(client, asserting(await signed(other, about, { alg: "HS256" }))), 401, "invalid_client");
  const done = await granted(op, client, {}, { browser });
  assertJsonError(await redeemed(op, other, done), 400, "invalid_grant");
});
