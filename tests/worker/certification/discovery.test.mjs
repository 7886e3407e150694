// What the provider says about itself, under an https issuer.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createUser, startProvider } from "../harness/provider.mjs";
import { tokensOf } from "../support/back_channel.mjs";
import { EVERY_FLOW, RESPONSE_TYPES, granted } from "../support/front_channel.mjs";
import { decode } from "../support/jwt.mjs";
import { DIANA, register } from "../support/relying_party.mjs";

const ISSUER = "https://login.example.org";
const DOCUMENTS = ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"];

// The registry of OAuth Authorization Server Metadata.
const REGISTERED = new Set(`issuer authorization_endpoint token_endpoint jwks_uri registration_endpoint scopes_supported response_types_supported
  response_modes_supported grant_types_supported token_endpoint_auth_methods_supported token_endpoint_auth_signing_alg_values_supported
  service_documentation ui_locales_supported op_policy_uri op_tos_uri revocation_endpoint revocation_endpoint_auth_methods_supported
  revocation_endpoint_auth_signing_alg_values_supported introspection_endpoint introspection_endpoint_auth_methods_supported
  introspection_endpoint_auth_signing_alg_values_supported code_challenge_methods_supported signed_metadata device_authorization_endpoint
  tls_client_certificate_bound_access_tokens mtls_endpoint_aliases userinfo_endpoint acr_values_supported subject_types_supported
  id_token_signing_alg_values_supported id_token_encryption_alg_values_supported id_token_encryption_enc_values_supported
  userinfo_signing_alg_values_supported userinfo_encryption_alg_values_supported userinfo_encryption_enc_values_supported
  request_object_signing_alg_values_supported request_object_encryption_alg_values_supported request_object_encryption_enc_values_supported
  display_values_supported claim_types_supported claims_supported claims_locales_supported claims_parameter_supported
  request_parameter_supported request_uri_parameter_supported require_request_uri_registration require_signed_request_object
  pushed_authorization_request_endpoint require_pushed_authorization_requests introspection_signing_alg_values_supported
  introspection_encryption_alg_values_supported introspection_encryption_enc_values_supported authorization_response_iss_parameter_supported
  check_session_iframe frontchannel_logout_supported frontchannel_logout_session_supported backchannel_logout_supported
  backchannel_logout_session_supported end_session_endpoint backchannel_token_delivery_modes_supported backchannel_authentication_endpoint
  backchannel_authentication_request_signing_alg_values_supported backchannel_user_code_parameter_supported dpop_signing_alg_values_supported
  authorization_signing_alg_values_supported authorization_encryption_alg_values_supported authorization_encryption_enc_values_supported
  prompt_values_supported authorization_details_types_supported client_registration_types_supported protected_resources`.split(/\s+/));

let op, metadata;

before(async () => {
  op = await startProvider({ issuer: ISSUER, vars: { REGISTRATION_LIMIT: 1000 } });
  await createUser(op, "diana", DIANA);
  metadata = (await op.request(DOCUMENTS[0])).json();
});
after(() => op?.stop());

const includes = (name, ...values) => {
  for (const value of values) assert.ok(metadata[name]?.includes(value), `${value} is not in ${name}: ${metadata[name]}`);
};

test("Discovery 1: the document is JSON, and nothing that a client's server asks is redirected", async () => {
  for (const document of DOCUMENTS) {
    const { status, headers, location } = await op.request(document);
    assert.deepEqual([status, location], [200, undefined]);
    assert.match(headers["content-type"], /^application\/json\b/);
  }
  const client = await register(op);
  const endpoints = [...DOCUMENTS.map((path) => ISSUER + path), metadata.jwks_uri, metadata.token_endpoint, metadata.userinfo_endpoint,
    metadata.registration_endpoint, client.registration_client_uri];
  const spoofed = { "x-forwarded-proto": "http", "cf-visitor": '{"scheme":"http"}' };
  for (const endpoint of endpoints) {
    const path = endpoint.slice(ISSUER.length);
    for (const options of [{}, { headers: spoofed }, { method: "HEAD" }, { form: {} }, { json: {} }, { method: "PUT" }]) {
      for (const suffix of ["", "/", "?"]) {
        const { status } = await op.request(path + suffix, options);
        assert.ok(status < 300 || status >= 400, `${JSON.stringify(options)} ${path}${suffix}: ${status}`);
        assert.ok(status < 500, `${path}${suffix}: ${status}`);
      }
    }
  }
});

test("Discovery 2: the issuer is an https URL and the same bytes wherever it stands", async () => {
  const { protocol, search, hash, username, password } = new URL(metadata.issuer);
  assert.deepEqual([protocol, search, hash, username, password], ["https:", "", "", "", ""]);
  assert.equal(metadata.issuer, ISSUER);
  for (const document of DOCUMENTS) assert.equal((await op.request(document)).json().issuer, ISSUER);
  const finger = await op.request(`/.well-known/webfinger?resource=acct%3Adiana%40login.example.org&rel=http%3A%2F%2Fopenid.net%2Fspecs%2Fconnect%2F1.0%2Fissuer`);
  assert.equal(finger.json().links.find(({ rel }) => rel === "http://openid.net/specs/connect/1.0/issuer").href, ISSUER);
  const client = await register(op);
  const done = await granted(op, client);
  const { id_token, access_token } = await tokensOf(op, client, done);
  assert.deepEqual([done.answer.iss, decode(id_token).claims.iss, decode(access_token).claims.iss], [ISSUER, ISSUER, ISSUER]);
});

test("Discovery 3: the endpoints are there, each an https URL under the issuer", async () => {
  const needed = ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint", "registration_endpoint"];
  for (const name of needed) assert.equal(typeof metadata[name], "string", name);
  const client = await register(op);
  const urls = Object.entries({ ...metadata, registration_client_uri: client.registration_client_uri })
    .filter(([name]) => /_endpoint$|_uri$|_iframe$/.test(name));
  for (const [name, url] of urls) assert.ok(url.startsWith(`${ISSUER}/`) && new URL(url).href === url, `${name}: ${url}`);
});

test("Discovery 4: only registered names", async () => {
  for (const document of DOCUMENTS) {
    assert.deepEqual(Object.keys((await op.request(document)).json()).filter((name) => !REGISTERED.has(name)), []);
  }
});

test("Discovery 5: response types and grant types", () => {
  assert.deepEqual([...metadata.response_types_supported].sort(), [...RESPONSE_TYPES].sort());
  includes("grant_types_supported", "authorization_code", "implicit", "refresh_token");
});

test("Discovery 6: ID tokens by RS256, and none for clients of the code flow that register it", async () => {
  includes("id_token_signing_alg_values_supported", "RS256", "none");
  const client = await register(op, { id_token_signed_response_alg: "none", response_types: ["code"] });
  assert.equal(client.id_token_signed_response_alg, "none");
  const refused = await op.request("/registration", { json: { ...EVERY_FLOW, redirect_uris: client.redirect_uris, id_token_signed_response_alg: "none" } });
  assert.deepEqual([refused.status, refused.json().error], [400, "invalid_client_metadata"]);
});

test("Discovery 7: subject types, scopes, claims, and the parameters for claims and request objects", () => {
  includes("subject_types_supported", "public", "pairwise");
  includes("scopes_supported", "openid", "profile", "email", "address", "phone", "offline_access");
  includes("claims_supported", "sub", ...Object.keys(DIANA.claims));
  for (const name of ["claims", "request", "request_uri"]) assert.equal(metadata[`${name}_parameter_supported`], true, name);
});

test("Discovery 8: algorithms of userinfo and request objects", () => {
  includes("userinfo_signing_alg_values_supported", "RS256");
  includes("request_object_signing_alg_values_supported", "RS256", "none");
});

test("Discovery 9: the methods of client authentication", () => {
  includes("token_endpoint_auth_methods_supported", "client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none");
  const algs = metadata.token_endpoint_auth_signing_alg_values_supported ?? [];
  assert.ok(algs.includes("RS256") && algs.includes("HS256") && !algs.includes("none"), `${algs}`);
});

test("Discovery 10: languages in the canonical form of BCP 47, and S256 alone", () => {
  // Claims may be in any language that a profile has, so there is no list to be had of those; where there is one it is canonical too.
  for (const locales of [metadata.ui_locales_supported, metadata.claims_locales_supported ?? []]) {
    assert.deepEqual(locales, Intl.getCanonicalLocales(locales));
  }
  assert.deepEqual([...metadata.ui_locales_supported].sort(), ["de", "en", "es", "fr", "ja", "sv"]);
  assert.deepEqual(metadata.code_challenge_methods_supported, ["S256"]);
});

test("Discovery 11: check_session_iframe is an https URL, and nobody is redirected from it", async () => {
  assert.equal(metadata.check_session_iframe, `${ISSUER}/check_session`);
  const { status, headers } = await op.request("/check_session");
  assert.equal(status, 200);
  assert.match(headers["content-type"], /^text\/html\b/);
});

test("Discovery 12: the response names its issuer", () => {
  assert.equal(metadata.authorization_response_iss_parameter_supported, true);
});
