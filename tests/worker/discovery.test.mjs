// What anybody may ask without being known: discovery, keys, WebFinger. And that nothing else answers to their names.
import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { Browser } from "./harness/browserless.mjs";
import { startProvider } from "./harness/provider.mjs";
import { rawRequest } from "./support/raw.mjs";
import { authorizationRequest, register } from "./support/relying_party.mjs";

const CONFIGURATION = "/.well-known/openid-configuration";
const METADATA = [CONFIGURATION, "/.well-known/oauth-authorization-server"];
const DOCUMENTS = [...METADATA, "/jwks"];
const WEBFINGER = "/.well-known/webfinger";
const ISSUER_RELATION = "http://openid.net/specs/connect/1.0/issuer";
const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "k", "oth"];
const COLD_STARTS = 200;

/** The provider's keys: algorithm, kind and use of each. */
const KEYS = ["ECDH-ES EC enc", "ECDH-ES+A128KW EC enc", "ECDH-ES+A256KW EC enc", "ES256 EC sig", "EdDSA OKP sig", "PS256 RSA sig",
  "RS256 RSA sig", "RSA-OAEP RSA enc", "RSA-OAEP-256 RSA enc"];

/** Names that IANA's registry "OAuth Authorization Server Metadata" holds, as far as this provider may come to use them. */
const REGISTERED = `issuer authorization_endpoint token_endpoint jwks_uri registration_endpoint scopes_supported response_types_supported
  response_modes_supported grant_types_supported token_endpoint_auth_methods_supported token_endpoint_auth_signing_alg_values_supported
  service_documentation ui_locales_supported op_policy_uri op_tos_uri revocation_endpoint introspection_endpoint
  revocation_endpoint_auth_methods_supported revocation_endpoint_auth_signing_alg_values_supported
  introspection_endpoint_auth_methods_supported introspection_endpoint_auth_signing_alg_values_supported
  introspection_signing_alg_values_supported introspection_encryption_alg_values_supported introspection_encryption_enc_values_supported
  code_challenge_methods_supported signed_metadata device_authorization_endpoint userinfo_endpoint acr_values_supported
  subject_types_supported id_token_signing_alg_values_supported userinfo_signing_alg_values_supported
  request_object_signing_alg_values_supported display_values_supported claim_types_supported claims_supported
  claims_locales_supported claims_parameter_supported request_parameter_supported request_uri_parameter_supported
  require_request_uri_registration prompt_values_supported authorization_response_iss_parameter_supported end_session_endpoint
  id_token_encryption_alg_values_supported id_token_encryption_enc_values_supported userinfo_encryption_alg_values_supported
  userinfo_encryption_enc_values_supported request_object_encryption_alg_values_supported request_object_encryption_enc_values_supported
  check_session_iframe backchannel_logout_supported backchannel_logout_session_supported frontchannel_logout_supported
  frontchannel_logout_session_supported pushed_authorization_request_endpoint dpop_signing_alg_values_supported`.split(/\s+/);

let op;

before(async () => {
  op = await startProvider();
});
after(() => op?.stop());

const json = async (path) => (await op.request(path)).json();

describe("metadata", () => {
  test("both well-known paths give the same document, as JSON and without a redirect", async () => {
    const [one, other] = await Promise.all(METADATA.map((path) => op.request(path)));
    assert.equal(one.status, 200);
    assert.equal(one.headers["content-type"], "application/json");
    assert.equal(one.text, other.text);
  });

  test("the issuer is the configured one, and every address lies below it", async () => {
    const metadata = await json(CONFIGURATION);
    assert.equal(metadata.issuer, op.issuer);
    for (const [name, value] of Object.entries(metadata)) {
      if (/_endpoint$|_uri$|_iframe$/.test(name)) assert.ok(value.startsWith(`${op.issuer}/`), `${name}: ${value}`);
    }
    for (const name of ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "registration_endpoint", "revocation_endpoint",
      "introspection_endpoint"]) {
      const { status } = await op.request(new URL(metadata[name]).pathname);
      assert.notEqual(status, 404, name);
    }
  });

  test("only registered names, and each once", async () => {
    const { text } = await op.request(CONFIGURATION);
    const names = [...text.matchAll(/"(\w+)":/g)].map(([, name]) => name);
    assert.deepEqual(names.filter((name) => !REGISTERED.includes(name)), []);
    assert.equal(new Set(names).size, names.length);
  });

  test("what is supported is said", async () => {
    const metadata = await json(CONFIGURATION);
    const has = (name, ...values) => values.forEach((value) => assert.ok(metadata[name].includes(value), `${name}: ${value}`));
    has("response_types_supported", "code");
    has("grant_types_supported", "authorization_code");
    has("scopes_supported", "openid", "profile", "email", "address", "phone");
    has("id_token_signing_alg_values_supported", "RS256", "ES256");
    has("token_endpoint_auth_methods_supported", "client_secret_basic", "client_secret_post", "none");
    has("subject_types_supported", "public");
    has("claims_supported", "sub", "name", "email", "email_verified", "address", "phone_number", "updated_at");
    assert.deepEqual(metadata.code_challenge_methods_supported, ["S256"]);
    assert.equal(metadata.authorization_response_iss_parameter_supported, true);
  });

  test("what is advertised can be registered, and what is not cannot", async () => {
    const metadata = await json(CONFIGURATION);
    const table = {
      token_endpoint_auth_method: [metadata.token_endpoint_auth_methods_supported, ["tls_client_auth", "self_signed_tls_client_auth"]],
      id_token_signed_response_alg: [metadata.id_token_signing_alg_values_supported, ["HS1", "RS512"]],
      subject_type: [metadata.subject_types_supported, ["fleeting"]],
    };
    for (const [name, [advertised, others]] of Object.entries(table)) {
      for (const value of [...advertised, ...others]) {
        const jwks_uri = value === "private_key_jwt" ? "https://rp.example/jwks" : undefined;
        const answer = await op.request("/registration", { json: { redirect_uris: ["https://rp.example/cb"], jwks_uri, [name]: value } });
        assert.equal(answer.status, advertised.includes(value) ? 201 : 400, `${name}: ${value}: ${answer.text}`);
      }
    }
  });
});

describe("keys", () => {
  test("one key for each algorithm, with kid, alg and use, and public members alone", async () => {
    const answer = await op.request("/jwks");
    assert.equal(answer.headers["content-type"], "application/jwk-set+json");
    const { keys } = answer.json();
    assert.deepEqual(keys.map(({ alg, kty, use }) => `${alg} ${kty} ${use}`).sort(), KEYS);
    assert.equal(new Set(keys.map(({ kid }) => kid)).size, KEYS.length);
    for (const key of keys) {
      assert.ok(key.kid);
      assert.deepEqual(PRIVATE_MEMBERS.filter((name) => name in key), []);
      const { asymmetricKeyType: type, asymmetricKeyDetails: details } = createPublicKey({ key, format: "jwk" });
      const sound = { EC: details.namedCurve === "prime256v1", OKP: type === "ed25519", RSA: details.modulusLength >= 2048 };
      assert.ok(sound[key.kty], key.kid);
    }
  });

  test("the private halves lie sealed in KV and in the objects", async () => {
    const { keys } = await json("/jwks");
    const kv = JSON.stringify(await op.kvDump());
    const files = op.storageFiles().map((file) => readFileSync(file, "latin1")).join();
    for (const storage of [kv.replaceAll("\\", ""), files]) {
      // The public half is found where the private one is looked for.
      for (const { kid, n, x } of keys) assert.ok(storage.includes(kid) && storage.includes(n ?? x));
      for (const name of PRIVATE_MEMBERS) assert.ok(!storage.includes(`"${name}":`), name);
      assert.ok(!storage.includes("PRIVATE"));
    }
  });

  test("200 first requests at once make one key of each algorithm, for good", async () => {
    const fresh = await startProvider();
    try {
      const answers = await Promise.all(Array.from({ length: COLD_STARTS }, () => fresh.request("/jwks")));
      const seen = new Set(answers.map(({ status, text }) => `${status} ${text}`));
      assert.equal(seen.size, 1, [...seen].join("\n"));
      assert.equal(answers[0].json().keys.length, KEYS.length);
      await fresh.restart();
      assert.equal((await fresh.request("/jwks")).text, answers[0].text);
    } finally {
      await fresh.stop();
    }
  });
});

describe("caching", () => {
  for (const path of DOCUMENTS) {
    test(`${path} has an ETag and answers 304 to whoever knows it`, async () => {
      const full = await op.request(path);
      assert.match(full.headers["cache-control"], /^public, max-age=[1-9]\d*$/);
      const { etag } = full.headers;
      assert.match(etag, /^"[^"]+"$/);
      for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
        const { status, text, headers } = await op.request(path, { headers: { "if-none-match": tag } });
        assert.deepEqual([status, text, headers.etag, headers["cache-control"]], [304, "", etag, full.headers["cache-control"]], tag);
      }
      const changed = await op.request(path, { headers: { "if-none-match": '"other"' } });
      assert.deepEqual([changed.status, changed.text], [200, full.text]);
    });

    test(`HEAD ${path} is GET without the body`, async () => {
      const [full, head] = await Promise.all(["GET", "HEAD"].map((method) => op.request(path, { method })));
      const kept = ({ headers: { date, "x-request-id": _, ...rest } }) => ({ ...rest, "content-length": undefined, "transfer-encoding": undefined });
      assert.deepEqual([head.status, head.text, kept(head)], [200, "", kept(full)]);
    });
  }

  test("one that is given again has the number of its own request", async () => {
    for (const path of DOCUMENTS) {
      const answers = [];
      for (let i = 0; i < 5; i++) answers.push(await op.request(path));
      const numbers = answers.map(({ headers }) => headers["x-request-id"]);
      assert.equal(new Set(numbers).size, numbers.length, `${numbers}`);
      for (const number of numbers) assert.match(number, /^[\w.-]{8,64}$/);
      const kept = ({ status, text, headers: { date, "x-request-id": _, ...rest } }) => ({ status, text, rest });
      for (const answer of answers) assert.deepEqual(kept(answer), kept(answers[0]));
      const ray = "8f2c1d4e5a6b7c8d-ARN";
      assert.equal((await op.request(path, { headers: { "cf-ray": ray } })).headers["x-request-id"], ray);
      const odd = await op.request(path, { headers: { "cf-ray": "a;b=c" } });
      assert.match(odd.headers["x-request-id"], /^[\w.-]{8,64}$/, "nobody else's text is repeated");
    }
  });

  test("a warm isolate touches no storage", async () => {
    await op.resetCounts();
    for (const path of [...DOCUMENTS, `${WEBFINGER}?resource=acct:diana@localhost`]) assert.equal((await op.request(path)).status, 200);
    const { kv, objects } = await op.counts();
    assert.deepEqual([...Object.values(kv), ...Object.values(objects)].filter((count) => count), []);
    // The counters do count.
    await register(op);
    assert.equal((await op.counts()).kv.put, 1);
  });
});

describe("CORS", () => {
  const ANYONE = [...DOCUMENTS, WEBFINGER, "/token", "/userinfo", "/revocation", "/introspection", "/registration", "/registration_api"];

  test("scripts of any site may read and ask, without credentials", async () => {
    for (const path of ANYONE) {
      const headers = { origin: "https://spa.example", "access-control-request-method": "POST" };
      for (const method of ["GET", "OPTIONS"]) {
        const answer = await op.request(path, { method, headers });
        assert.equal(answer.headers["access-control-allow-origin"], "*", `${method} ${path}`);
        assert.equal(answer.headers["access-control-allow-credentials"], undefined);
        if (method === "GET") continue;
        assert.equal(answer.status, 204);
        assert.match(answer.headers["access-control-allow-headers"], /authorization.*content-type/);
      }
    }
  });

  test("not at the pages and the admin API", async () => {
    for (const path of ["/authorization", "/login", "/consent", "/", "/admin/clients", "/admin/sessions/diana", "/nowhere"]) {
      for (const method of ["GET", "POST", "OPTIONS"]) {
        const { headers } = await op.request(path, { method, headers: { origin: "https://spa.example" } });
        assert.deepEqual(Object.keys(headers).filter((name) => name.startsWith("access-control")), [], `${method} ${path}`);
      }
    }
  });
});

describe("WebFinger", () => {
  const ask = (query) => op.request(`${WEBFINGER}?${new URLSearchParams(query)}`);
  const issuerLink = () => [{ rel: ISSUER_RELATION, href: op.issuer }];

  test("names the issuer for accounts and addresses of its host, known or not", async () => {
    const { host } = new URL(op.issuer);
    for (const resource of ["acct:diana@localhost", `acct:nobody@${host}`, `${op.issuer}/diana`, op.issuer]) {
      for (const rel of [{}, { rel: ISSUER_RELATION }]) {
        const answer = await ask({ resource, ...rel });
        assert.equal(answer.status, 200, resource);
        assert.equal(answer.headers["content-type"], "application/jrd+json");
        assert.deepEqual(answer.json(), { subject: resource, links: issuerLink() });
      }
    }
  });

  test("has no link of another relation", async () => {
    assert.deepEqual((await ask({ resource: "acct:diana@localhost", rel: "http://example.com/other" })).json().links, []);
    const both = new URLSearchParams([["resource", "acct:diana@localhost"], ["rel", "http://example.com/other"], ["rel", ISSUER_RELATION]]);
    assert.deepEqual((await ask(both)).json().links, issuerLink());
  });

  test("knows nothing of other hosts, and says what is missing", async () => {
    for (const resource of ["acct:diana@evil.example", "https://evil.example/diana", "acct:diana", "diana", "acct:diana@localhost.evil.example"]) {
      assert.equal((await ask({ resource })).status, 404, resource);
    }
    for (const query of ["", "resource=", "resource=acct:a@localhost&resource=acct:b@localhost", "resource=%ff"]) {
      const answer = await op.request(`${WEBFINGER}?${query}`);
      assert.equal(`${answer.status} ${answer.json().error}`, "400 invalid_request", query);
    }
  });
});

describe("addresses", () => {
  test("no other spelling of a path is a route", async () => {
    const spellings = ["/JWKS", "/Jwks", "/jwks/", "//jwks", "/./jwks", "/x/../jwks", "/x/%2e%2e/jwks", "/%2e/jwks", "/;x/jwks", "/jwks;x",
      "/%6awks", "/jwks%00", "/jwks%2f", "/jwks%3f", "/jwks%23", "/jwks.", "/jwks%20", "/x\\..\\jwks",
      "/.well-known/openid-configuration/", "/.well-known//openid-configuration", "/.WELL-KNOWN/openid-configuration",
      "/%2ewell-known/openid-configuration", "/Token", "//token", "/token/", "/;x/token", "/userinfo/", "/AUTHORIZATION", "/authorization/",
      "/admin/users/../clients", "/admin//clients", "/ADMIN/clients", "/admin/clients/", "/admin", "/login/", "/Consent"];
    for (const target of spellings) {
      for (const method of ["GET", "POST"]) {
        const answer = await rawRequest(op, target, { method, headers: { authorization: `Bearer ${op.adminToken}` } });
        assert.equal(answer.status, 404, `${method} ${target}: ${answer.text}`);
      }
    }
    assert.equal((await rawRequest(op, "/jwks?x=/../")).status, 200);
  });

  test("a method that a path does not have is refused with those it has", async () => {
    const table = { "/jwks": ["POST", "GET, HEAD"], "/token": ["GET", "POST"], "/revocation": ["GET", "POST"],
      "/introspection": ["GET", "POST"], "/userinfo": ["DELETE", "GET, POST"], "/login": ["GET", "POST"],
      "/consent": ["GET", "POST"], "/authorization": ["PUT", "GET, POST"], "/registration": ["GET", "POST"], "/admin/clients": ["PUT", "GET, POST"],
      "/check_session": ["POST", "GET, HEAD"] };
    for (const [path, [method, allow]] of Object.entries(table)) {
      const answer = await op.request(path, { method });
      assert.deepEqual([answer.status, answer.headers.allow], [405, allow], `${method} ${path}`);
    }
  });

  test("no header of a request changes what the provider calls itself", async () => {
    const client = await register(op);
    const path = authorizationRequest(client).path;
    const anonymous = (text) => text.replace(/(name="interaction" value=")[^"]+/, "$1");
    const shown = ({ status, text, headers }) => ({ status, text: anonymous(text), csp: headers["content-security-policy"] });
    const honest = await op.request(CONFIGURATION);
    const page = shown(await op.request(path));
    for (const headers of [{ host: "evil.example" }, { "x-forwarded-host": "evil.example", "x-forwarded-proto": "https" },
      { forwarded: "host=evil.example;proto=https" }, { "x-original-host": "evil.example" }, { "x-forwarded-prefix": "/evil.example" },
      { "x-original-url": "/evil.example", "x-rewrite-url": "/evil.example" }]) {
      assert.equal((await op.request(CONFIGURATION, { headers })).text, honest.text);
      const answer = await op.request(path, { headers });
      assert.deepEqual(shown(answer), page);
      assert.doesNotMatch(JSON.stringify(answer.headers), /evil|domain=/i);
      const registered = await op.request("/registration", { headers, json: { redirect_uris: ["https://rp.example/cb"] } });
      assert.ok(registered.json().registration_client_uri.startsWith(`${op.issuer}/registration_api?`));
      const refused = await op.request(authorizationRequest(client, { prompt: "none" }).path, { headers });
      assert.equal(new URL(refused.location).searchParams.get("iss"), op.issuer);
    }
  });

  test("an https issuer has nothing but https addresses, and tells browsers so", async () => {
    const https = await startProvider({ issuer: "https://login.example.com" });
    try {
      const answer = await https.request(CONFIGURATION);
      const metadata = answer.json();
      assert.equal(metadata.issuer, "https://login.example.com");
      assert.doesNotMatch(answer.text, /http:/);
      assert.match(answer.headers["strict-transport-security"], /^max-age=\d{8,}/);
      const page = await new Browser(https).get(`${https.issuer}/`);
      assert.match(page.headers["strict-transport-security"], /^max-age=\d{8,}/);
    } finally {
      await https.stop();
    }
    assert.equal((await op.request(CONFIGURATION)).headers["strict-transport-security"], undefined);
  });
});
