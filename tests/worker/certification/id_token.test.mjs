// ID tokens: what they say, and what they are bound to.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { createUser, startProvider } from "../harness/provider.mjs";
import { claimsAt, refreshed, tokensOf, worked } from "../support/back_channel.mjs";
import { SIGNATURES, read } from "../support/client_keys.mjs";
import { EVERY_FLOW, RESPONSE_TYPES, granted, yields } from "../support/front_channel.mjs";
import { decode } from "../support/jwt.mjs";
import { DIANA, register } from "../support/relying_party.mjs";

const LOGOUT = { backchannel: { backchannel_logout_uri: "https://rp.example/back" }, frontchannel: { frontchannel_logout_uri: "https://rp.example/front" } };
const FRONT = RESPONSE_TYPES.filter((type) => yields(type).id_token);
const BACK = RESPONSE_TYPES.filter((type) => yields(type).code);

let op, browser;
const clients = {};

before(async () => {
  op = await startProvider({ vars: { REGISTRATION_LIMIT: 1000 } });
  await createUser(op, "diana", DIANA);
  for (const alg of SIGNATURES) {
    const flows = alg === "none" ? { response_types: ["code", "none"], grant_types: ["authorization_code"] } : EVERY_FLOW;
    const client = await op.request("/registration", { json: { redirect_uris: ["https://rp.example/callback"], ...flows, id_token_signed_response_alg: alg } });
    if (client.status === 201) clients[alg] = client.json();
  }
  ({ browser } = await granted(op, clients.RS256 ?? (await register(op))));
});
after(() => op?.stop());

const clientOf = (alg) => clients[alg] ?? assert.fail(`no client could be registered for ${alg}`);

/** The left half of the hash that binds a token or code to an ID token. */
const half = (text, alg) => {
  // EdDSA hashes by SHA-512, every other algorithm here by SHA-256.
  const digest = createHash(alg === "EdDSA" ? "sha512" : "sha256").update(text).digest();
  return digest.subarray(0, digest.length / 2).toString("base64url");
};

/** Every ID token of a flow with where it came from: { front, back }, and the flow. */
async function idTokens(client, changes) {
  const done = await granted(op, client, changes, { browser });
  const back = done.code ? await tokensOf(op, client, done) : {};
  const readOne = async (token) => token && { token, ...(await read(op, client, token)) };
  return { done, tokens: back, front: await readOne(done.answer.id_token), back: await readOne(back.id_token) };
}

for (const response_type of RESPONSE_TYPES.filter((type) => type !== "none")) {
  test(`ID token 1: iss, sub, aud, exp, iat, nonce and kid, ${response_type}`, async () => {
    const client = clientOf("RS256");
    const { done, front, back } = await idTokens(client, { response_type });
    const found = [front, back].filter(Boolean);
    assert.equal(found.length, Number(yields(response_type).id_token) + Number(yields(response_type).code));
    for (const { claims, header } of found) {
      assert.equal(claims.iss, op.issuer);
      assert.match(claims.sub, /^[!-~]{1,255}$/);
      assert.deepEqual([claims.aud].flat(), [client.client_id]);
      assert.ok(Number.isInteger(claims.exp) && Number.isInteger(claims.iat) && claims.exp > claims.iat);
      assert.ok(Math.abs(claims.iat - Date.now() / 1000) < 10);
      assert.equal(claims.nonce, done.fields.nonce);
      assert.ok(typeof header.kid === "string" && header.kid);
      assert.equal(header.alg, "RS256");
    }
  });
}

test("ID token 1: no nonce where none was sent", async () => {
  for (const response_type of ["code", "code token"]) {
    const { back } = await idTokens(clientOf("RS256"), { response_type, nonce: undefined });
    assert.ok(!("nonce" in back.claims));
  }
});

for (const alg of SIGNATURES.filter((one) => one !== "none")) {
  for (const response_type of FRONT) {
    test(`ID token 2: at_hash with a token and c_hash with a code, ${response_type} by ${alg}`, async () => {
      const { done, front, back } = await idTokens(clientOf(alg), { response_type });
      const { code, token } = yields(response_type);
      assert.equal(front.claims.at_hash, token ? half(done.answer.access_token, alg) : undefined);
      assert.equal(front.claims.c_hash, code ? half(done.code, alg) : undefined);
      if (back) {
        assert.equal(back.claims.sub, front.claims.sub);
        assert.equal(back.claims.iss, front.claims.iss);
      }
    });
  }
}

test("ID token 2: where an at_hash comes from the token endpoint it is right", async () => {
  for (const alg of SIGNATURES.filter((one) => one !== "none")) {
    for (const response_type of BACK) {
      const { back, tokens } = await idTokens(clientOf(alg), { response_type });
      if (back.claims.at_hash) assert.equal(back.claims.at_hash, half(tokens.access_token, alg));
    }
  }
});

const OWN = ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "azp", "at_hash", "c_hash", "s_hash", "jti"];

for (const response_type of RESPONSE_TYPES.filter((type) => type !== "none")) {
  test(`ID token 3: no claim that was not asked for, ${response_type}`, async () => {
    for (const scope of ["openid", "openid profile email"]) {
      const { front, back } = await idTokens(clientOf("RS256"), { response_type, scope });
      for (const { claims } of [front, back].filter(Boolean)) {
        const others = Object.keys(claims).filter((name) => !OWN.includes(name));
        if (response_type !== "id_token" || scope === "openid") assert.deepEqual(others, []);
        else assert.ok(others.includes("email") && !others.includes("phone_number") && !others.includes("sid"));
      }
    }
  });
}

for (const [name, metadata] of Object.entries(LOGOUT)) {
  test(`ID token 3: sid where the client has a ${name} logout URI, the same from either channel and for the whole session`, async () => {
    const client = await register(op, { ...EVERY_FLOW, ...metadata });
    const sids = new Set();
    for (const response_type of [...FRONT, "code"]) {
      const { front, back } = await idTokens(client, { response_type });
      for (const { claims } of [front, back].filter(Boolean)) {
        assert.ok(typeof claims.sid === "string" && claims.sid, response_type);
        sids.add(claims.sid);
      }
    }
    assert.equal(sids.size, 1);
    const elsewhere = await granted(op, client);
    assert.ok(!sids.has(decode((await tokensOf(op, client, elsewhere)).id_token).claims.sid));
  });
}

for (const alg of SIGNATURES) {
  test(`ID token 4: signed by ${alg} for a client that registered it, and by nothing else`, async () => {
    const client = clientOf(alg);
    const { back, tokens } = await idTokens(client, { response_type: "code" });
    assert.equal(back.header.alg, alg);
    assert.equal((await claimsAt(op, tokens.access_token)).sub, back.claims.sub);
    if (alg !== "none") {
      const { front } = await idTokens(client, { response_type: "id_token" });
      assert.equal(front.header.alg, alg);
    }
  });
}

test("ID token 4: none comes from the token endpoint alone, and only where registered", async () => {
  const unsigned = clientOf("none");
  const { tokens } = await idTokens(unsigned, {});
  assert.match(tokens.id_token, /^[\w-]+\.[\w-]+\.$/);
  for (const response_type of FRONT) {
    const done = await op.request("/registration", { json: { redirect_uris: ["https://rp.example/callback"], response_types: [response_type],
      grant_types: ["implicit", "authorization_code"], id_token_signed_response_alg: "none" } });
    assert.deepEqual([done.status, done.json().error], [400, "invalid_client_metadata"]);
  }
});

test("ID token 4: a refreshed ID token is signed by the registered alg too", async () => {
  for (const alg of ["ES256", "HS256"]) {
    const client = clientOf(alg);
    const { refresh_token } = await tokensOf(op, client, await granted(op, client, { scope: "openid offline_access", prompt: "consent" }, { browser }));
    const { id_token } = await worked(refreshed(op, client, refresh_token));
    assert.equal((await read(op, client, id_token)).header.alg, alg);
  }
});
