// Discovery 13: what is advertised works, and what is accepted is advertised.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createUser, startProvider } from "../harness/provider.mjs";
import { atToken, claimsAt, redeemed, tokensOf } from "../support/back_channel.mjs";
import { assertion, jwksOf, read, requestObject, signed } from "../support/client_keys.mjs";
import { EVERY_FLOW, RESPONSE_TYPES, answerOf, granted, open, visit, yields } from "../support/front_channel.mjs";
import { CALLBACK, DIANA, challengeOf, random, register } from "../support/relying_party.mjs";

// Every name that the registries have, so that nothing is accepted in silence.
const JWS = ["none", "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "ES256K", "EdDSA", "Ed25519"];
const JWE = ["RSA1_5", "RSA-OAEP", "RSA-OAEP-256", "RSA-OAEP-384", "RSA-OAEP-512", "A128KW", "A192KW", "A256KW", "dir", "ECDH-ES", "ECDH-ES+A128KW",
  "ECDH-ES+A192KW", "ECDH-ES+A256KW", "A128GCMKW", "A192GCMKW", "A256GCMKW", "PBES2-HS256+A128KW"];
const ENC = ["A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512", "A128GCM", "A192GCM", "A256GCM"];
const METHODS = ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none", "tls_client_auth",
  "self_signed_tls_client_auth", "foo"];
const GRANTS = ["authorization_code", "implicit", "refresh_token", "password", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code",
  "urn:ietf:params:oauth:grant-type:jwt-bearer", "urn:ietf:params:oauth:grant-type:token-exchange", "urn:openid:params:grant-type:ciba", "foo"];
const TYPES = [...RESPONSE_TYPES, "token", "code none", "id_token code token none", "foo"];
const MODES = ["query", "fragment", "form_post", "web_message", "jwt", "query.jwt", "fragment.jwt", "form_post.jwt", "foo"];
const PROMPTS = ["none", "login", "consent", "select_account", "create", "foo"];

const everyKey = {
  keys: (await jwksOf(["RS256", "PS256", "ES256", "EdDSA", "RSA-OAEP", "ECDH-ES"])).keys.map(({ alg, ...key }) => key),
};
let op, metadata, client, browser;

before(async () => {
  op = await startProvider({ vars: { REGISTRATION_LIMIT: 1000 } });
  await createUser(op, "diana", DIANA);
  metadata = (await op.request("/.well-known/openid-configuration")).json();
  client = await register(op, { ...EVERY_FLOW, jwks: everyKey });
  ({ browser } = await granted(op, client));
});
after(() => op?.stop());

const list = (name) => metadata[`${name}_supported`] ?? [];

/** What may be registered: [member, list that advertises it, candidates, what else such a client registers]. */
const REGISTERED = [
  ["token_endpoint_auth_method", "token_endpoint_auth_methods", METHODS],
  ["token_endpoint_auth_signing_alg", "token_endpoint_auth_signing_alg_values", JWS,
    (alg) => ({ token_endpoint_auth_method: alg.startsWith("HS") ? "client_secret_jwt" : "private_key_jwt" })],
  ["id_token_signed_response_alg", "id_token_signing_alg_values", JWS],
  ["id_token_encrypted_response_alg", "id_token_encryption_alg_values", JWE],
  ["id_token_encrypted_response_enc", "id_token_encryption_enc_values", ENC, () => ({ id_token_encrypted_response_alg: "RSA-OAEP" })],
  ["userinfo_signed_response_alg", "userinfo_signing_alg_values", JWS],
  ["userinfo_encrypted_response_alg", "userinfo_encryption_alg_values", JWE],
  ["userinfo_encrypted_response_enc", "userinfo_encryption_enc_values", ENC, () => ({ userinfo_encrypted_response_alg: "RSA-OAEP" })],
  ["introspection_signed_response_alg", "introspection_signing_alg_values", JWS],
  ["introspection_encrypted_response_alg", "introspection_encryption_alg_values", JWE],
  ["introspection_encrypted_response_enc", "introspection_encryption_enc_values", ENC, () => ({ introspection_encrypted_response_alg: "RSA-OAEP" })],
  ["request_object_signing_alg", "request_object_signing_alg_values", JWS],
  ["request_object_encryption_alg", "request_object_encryption_alg_values", JWE],
  ["request_object_encryption_enc", "request_object_encryption_enc_values", ENC,
    () => ({ request_object_encryption_alg: list("request_object_encryption_alg_values")[0] })],
  ["subject_type", "subject_types", ["public", "pairwise", "ephemeral", "foo"]],
];

for (const [member, name, candidates, more = () => ({})] of REGISTERED) {
  test(`Discovery 13: ${member} is what ${name}_supported says`, async () => {
    assert.deepEqual(list(name).filter((value) => !candidates.includes(value)), [], "a value that no registry has");
    const accepted = [];
    for (const value of candidates) {
      const answer = await op.request("/registration", { json: { redirect_uris: [CALLBACK], jwks: everyKey, [member]: value, ...more(value) } });
      if (answer.status === 201 && answer.json()[member] === value) accepted.push(value);
      else assert.equal(answer.json().error ?? "another value", answer.status === 201 ? "another value" : "invalid_client_metadata", `${value}: ${answer.text}`);
    }
    assert.deepEqual(accepted.sort(), [...list(name)].sort());
  });
}

test("Discovery 13: response types", async () => {
  const accepted = [];
  for (const type of TYPES) {
    const answer = await op.request("/registration", { json: { ...EVERY_FLOW, redirect_uris: [CALLBACK], response_types: [type] } });
    if (answer.status === 201) accepted.push(type);
  }
  assert.deepEqual(accepted.sort(), [...list("response_types")].sort());
  for (const response_type of list("response_types")) {
    const { answer } = await granted(op, client, { response_type }, { browser });
    const { code, id_token, token } = yields(response_type);
    assert.deepEqual([Boolean(answer.code), Boolean(answer.id_token), Boolean(answer.access_token)], [code, id_token, token]);
  }
  for (const response_type of TYPES.filter((type) => !list("response_types").includes(type))) {
    const { answer } = await visit(op, client, { response_type }, { browser });
    assert.equal(answer.error, "unsupported_response_type", response_type);
  }
});

test("Discovery 13: response modes", async () => {
  const accepted = [];
  for (const response_mode of MODES) {
    const page = await open(op, client, { response_mode }, { browser });
    const { mode, answer } = answerOf(page) ?? assert.fail(`${response_mode}: ${page.status}`);
    if (answer.error) assert.equal(answer.error, "invalid_request");
    else if (mode === response_mode) accepted.push(mode);
  }
  assert.deepEqual(accepted.sort(), list("response_modes").filter((mode) => !mode.includes("jwt")).sort());
});

test("Discovery 13: grant types", async () => {
  const answers = await Promise.all(GRANTS.map(async (grant_type) => {
    const grant_types = [...new Set([...EVERY_FLOW.grant_types, grant_type])];
    return [grant_type, (await op.request("/registration", { json: { ...EVERY_FLOW, redirect_uris: [CALLBACK], grant_types } })).json()];
  }));
  const accepted = answers.filter(([grant, { grant_types }]) => grant_types?.includes(grant)).map(([grant]) => grant);
  assert.deepEqual(accepted.sort(), [...list("grant_types")].sort());
  for (const grant_type of GRANTS) {
    const { error } = (await atToken(op, client, { grant_type })).json();
    const known = list("grant_types").includes(grant_type) && grant_type !== "implicit";
    assert.equal(error === "unsupported_grant_type", !known, `${grant_type}: ${error}`);
  }
});

describe("Discovery 13: what is advertised works", () => {
  test("Discovery 13: every method of client authentication", async () => {
    for (const token_endpoint_auth_method of list("token_endpoint_auth_methods").filter((method) => !method.includes("tls"))) {
      const of = await register(op, { token_endpoint_auth_method, jwks: everyKey });
      await tokensOf(op, of, await granted(op, of, {}, { browser }));
    }
  });

  test("Discovery 13: every algorithm of an assertion, and no other", async () => {
    const secret = await register(op, { token_endpoint_auth_method: "client_secret_jwt", id_token_signed_response_alg: "HS256" });
    const jwks = await jwksOf(["RS256", "RS512", "PS256", "PS512", "ES256", "ES512", "EdDSA"]);
    const keyed = await register(op, { token_endpoint_auth_method: "private_key_jwt", jwks });
    for (const alg of ["HS256", "HS512", "RS256", "RS512", "PS256", "PS512", "ES256", "ES512", "EdDSA"]) {
      const of = alg.startsWith("HS") ? secret : keyed;
      const key = alg === "HS512" ? new TextEncoder().encode(secret.client_secret.padEnd(64, "x").slice(0, 64)) : undefined;
      const done = await granted(op, of, {}, { browser });
      const client_assertion = await assertion(op, of, { alg, key });
      const answer = await redeemed(op, { ...of, token_endpoint_auth_method: "none" }, done,
        { client_assertion, client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" });
      assert.equal(answer.status === 200, list("token_endpoint_auth_signing_alg_values").includes(alg), `${alg}: ${answer.text}`);
    }
  });

  test("Discovery 13: every algorithm of ID tokens and userinfo", async () => {
    for (const alg of list("id_token_signing_alg_values")) {
      const of = await register(op, { id_token_signed_response_alg: alg });
      const { id_token } = await tokensOf(op, of, await granted(op, of, {}, { browser }));
      assert.equal((await read(op, of, id_token, { alg })).header.alg, alg);
    }
    for (const alg of list("userinfo_signing_alg_values")) {
      const of = await register(op, { userinfo_signed_response_alg: alg });
      const { access_token } = await tokensOf(op, of, await granted(op, of, {}, { browser }));
      const info = await op.request("/userinfo", { headers: { authorization: `Bearer ${access_token}` } });
      assert.equal((await read(op, of, info.text, { alg })).header.alg, alg);
    }
  });

  test("Discovery 13: every algorithm of request objects, and no other", async () => {
    const jwks = await jwksOf(["RS256", "RS512", "PS256", "ES256", "ES512", "EdDSA"]);
    const of = await register(op, { jwks });
    await granted(op, of, {}, { browser });
    for (const alg of ["none", "HS256", "RS256", "RS512", "PS256", "ES256", "ES512", "EdDSA"]) {
      const fields = { client_id: of.client_id, response_type: "code", redirect_uri: CALLBACK, state: "inside", iss: of.client_id, aud: op.issuer };
      const { answer } = await visit(op, of, { request: await requestObject(of, fields, { alg }), state: undefined }, { browser });
      const works = answer.error === undefined && answer.state === "inside";
      assert.equal(works, list("request_object_signing_alg_values").includes(alg), `${alg}: ${JSON.stringify(answer)}`);
    }
  });

  test("Discovery 13: prompts", async () => {
    for (const prompt of PROMPTS) {
      const { answer } = await visit(op, client, { prompt }, { browser });
      assert.equal(answer?.error === "invalid_request", !list("prompt_values").includes(prompt), prompt);
    }
  });

  test("Discovery 13: scopes and claims", async () => {
    const scopes = list("scopes");
    assert.deepEqual(scopes.filter((scope) => !["openid", "profile", "email", "address", "phone", "offline_access"].includes(scope)), []);
    const { answer, code, ...done } = await granted(op, client, { scope: scopes.join(" "), prompt: "consent", response_type: "code" }, { browser });
    const { access_token, refresh_token } = await tokensOf(op, client, { ...done, code });
    assert.ok(refresh_token);
    const info = await claimsAt(op, access_token);
    const protocol = ["iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "azp", "sid", "at_hash", "c_hash", "jti"];
    for (const claim of list("claims").filter((name) => !protocol.includes(name))) assert.ok(claim in info, claim);
    for (const claim of Object.keys(info)) assert.ok(list("claims").includes(claim), claim);
  });

  test("Discovery 13: languages", async () => {
    for (const ui_locales of list("ui_locales")) {
      const page = await open(op, client, { ui_locales });
      assert.equal(page.root.querySelector("html").getAttribute("lang"), ui_locales);
    }
    for (const ui_locales of ["it", "zh", "nb", "pt", "ru"].filter((one) => !list("ui_locales").includes(one))) {
      const page = await open(op, client, { ui_locales });
      assert.ok(list("ui_locales").includes(page.root.querySelector("html").getAttribute("lang")));
    }
  });

  test("Discovery 13: challenge methods, claim types and classes of authentication", async () => {
    const verifier = random() + random();
    for (const method of ["S256", "plain", "S512"]) {
      const code_challenge = method === "plain" ? verifier : challengeOf(verifier);
      const { answer } = await visit(op, client, { code_challenge, code_challenge_method: method }, { browser });
      assert.equal(answer.error === undefined, list("code_challenge_methods").includes(method), method);
    }
    assert.deepEqual(list("claim_types"), ["normal"]);
    for (const acr of list("acr_values")) {
      const claims = JSON.stringify({ id_token: { acr: { essential: true, value: acr } } });
      assert.equal((await visit(op, client, { claims }, { browser })).answer.error, undefined, acr);
    }
  });

  test("Discovery 13: the claims parameter and both kinds of request objects", async () => {
    assert.deepEqual(["claims", "request", "request_uri"].map((name) => metadata[`${name}_parameter_supported`]), [true, true, true]);
    const { access_token } = await tokensOf(op, client, await granted(op, client, { claims: JSON.stringify({ userinfo: { name: null } }) }, { browser }));
    assert.equal((await claimsAt(op, access_token)).name, DIANA.claims.name);
    const object = await signed(client, { client_id: client.client_id, response_type: "code", redirect_uri: CALLBACK, state: "inside" }, { alg: "none" });
    assert.equal((await visit(op, client, { request: object, state: undefined }, { browser })).answer.state, "inside");
    assert.equal(metadata.require_request_uri_registration, true, "an unregistered request_uri is refused, so that has to be said");
  });
});
