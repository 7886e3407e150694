// Dynamic registration and its management: what a client may say about itself, and what it is told.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createUser, startProvider } from "../harness/provider.mjs";
import { redeemed, tokensOf } from "../support/back_channel.mjs";
import { jwksOf } from "../support/client_keys.mjs";
import { EVERY_FLOW, granted, open } from "../support/front_channel.mjs";
import { CALLBACK, DIANA, bearer, register } from "../support/relying_party.mjs";
import { startSite } from "../support/site.mjs";

const site = await startSite();
let op, metadata;

before(async () => {
  op = await startProvider({ vars: { REGISTRATION_LIMIT: 1000 } });
  await createUser(op, "diana", DIANA);
  metadata = (await op.request("/.well-known/openid-configuration")).json();
});
after(() => Promise.all([op?.stop(), site.stop()]));

const post = (json) => op.request("/registration", { json: { redirect_uris: [CALLBACK], ...json } });
const manage = (client, method, { token = client.registration_access_token, json } = {}) => {
  const { pathname, search } = new URL(client.registration_client_uri);
  return op.request(pathname + search, { method, json, headers: bearer(token) });
};

function assertRefused(answer, error = "invalid_client_metadata") {
  assert.equal(`${answer.status} ${answer.json().error}`, `400 ${error}`, answer.text);
}

test("Dynamic registration 1: a registration is 201 in JSON, with what the client needs from then on", async () => {
  const answer = await post({});
  assert.equal(answer.status, 201);
  assert.match(answer.headers["content-type"], /^application\/json\b/);
  assert.match(answer.headers["cache-control"], /no-store/);
  const client = answer.json();
  for (const name of ["client_id", "client_secret", "registration_access_token", "registration_client_uri"]) {
    assert.ok(typeof client[name] === "string" && client[name], name);
  }
  for (const name of ["client_secret_expires_at", "client_id_issued_at"]) assert.ok(Number.isInteger(client[name]), name);
  assert.ok(client.registration_client_uri.startsWith(`${op.issuer}/`));
});

test("Dynamic registration 1: a public client has no secret", async () => {
  const client = await register(op, { token_endpoint_auth_method: "none" });
  assert.ok(!("client_secret" in client) && !("client_secret_expires_at" in client), JSON.stringify(client));
});

test("Dynamic registration 1: read with 200, changed with 200, deleted with exactly 204", async () => {
  const client = await register(op);
  const read = await manage(client, "GET");
  assert.equal(read.status, 200);
  assert.deepEqual(read.json(), client);
  const { registration_access_token, registration_client_uri, client_secret_expires_at, client_id_issued_at, ...json } = client;
  const changed = await manage(client, "PUT", { json: { ...json, client_name: "Renamed" } });
  assert.equal(changed.status, 200, changed.text);
  const { client_name, client_id, client_secret } = changed.json();
  assert.deepEqual([client_name, client_id, client_secret], ["Renamed", client.client_id, client.client_secret]);
  const next = { ...client, ...changed.json() };
  assert.equal((await manage(next, "GET")).json().client_name, "Renamed");
  const deleted = await manage(next, "DELETE");
  assert.deepEqual([deleted.status, deleted.text], [204, ""]);
  assert.equal((await manage(next, "GET")).status, 401);
});

test("Dynamic registration 1: without the token, or with another's, nothing is told", async () => {
  const [client, other] = [await register(op), await register(op)];
  for (const token of ["", "x", other.registration_access_token, client.client_secret]) {
    for (const method of ["GET", "PUT", "DELETE"]) assert.equal((await manage(client, method, { token })).status, 401);
  }
  assert.equal((await manage(client, "GET")).status, 200);
});

test("Dynamic registration 2: keys by value without a kid, for a client that uses a secret too", async () => {
  const jwks = await jwksOf(["RS256", "ES256", "RSA-OAEP"], { kid: undefined, alg: undefined });
  for (const method of ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"]) {
    const client = await register(op, { jwks, token_endpoint_auth_method: method });
    assert.deepEqual(client.jwks, jwks, method);
  }
});

test("Dynamic registration 2: keys by value together with keys by reference are refused", async () => {
  assertRefused(await post({ jwks: await jwksOf(["RS256"]), jwks_uri: "https://rp.example/jwks.json" }));
  const { client_id, ...client } = await register(op);
  const json = { client_id, redirect_uris: [CALLBACK], jwks: await jwksOf(["RS256"]), jwks_uri: "https://rp.example/jwks.json" };
  assertRefused(await manage(client, "PUT", { json }));
});

test("Dynamic registration 2: keys that are none are refused", async () => {
  for (const jwks of [{}, { keys: {} }, [], "x", { keys: [1] }, { keys: [{ kty: "RSA" }] }]) assertRefused(await post({ jwks }));
});

for (const [alg, bytes] of [["HS256", 32], ["HS384", 48], ["HS512", 64]]) {
  test(`Dynamic registration 3: a secret of at least ${bytes} bytes where ${alg} is registered`, async () => {
    const members = { id_token_signed_response_alg: "id_token_signing_alg", userinfo_signed_response_alg: "userinfo_signing_alg",
      request_object_signing_alg: "request_object_signing_alg", token_endpoint_auth_signing_alg: "token_endpoint_auth_signing_alg" };
    for (const [member, name] of Object.entries(members)) {
      const supported = (metadata[`${name}_values_supported`] ?? []).includes(alg);
      assert.ok(supported || alg !== "HS256", `${alg} is not in ${name}_values_supported`);
      const answer = await post({ [member]: alg, ...(member.startsWith("token_endpoint") && { token_endpoint_auth_method: "client_secret_jwt" }) });
      if (!supported) assertRefused(answer);
      else {
        assert.equal(answer.status, 201, answer.text);
        const { client_secret } = answer.json();
        // Every character of base64url is six bits.
        assert.match(client_secret, /^[\w-]+$/);
        assert.ok(client_secret.length * 6 >= bytes * 8, `${client_secret.length} characters`);
      }
    }
  });
}

test("Dynamic registration 3: no two secrets are alike", async () => {
  const secrets = await Promise.all(Array.from({ length: 20 }, async () => (await register(op)).client_secret));
  assert.equal(new Set(secrets).size, secrets.length);
  for (const secret of secrets) assert.ok(secret.length >= 43, secret);
});

/** What a client may say: each by itself, and echoed. */
async function honoured() {
  const at = (path) => `https://rp.example${path}`;
  const jwks = await jwksOf(["RS256", "RSA-OAEP", "ECDH-ES"]);
  const sector = site.publish("/sector.json", [CALLBACK]);
  const encrypted = (prefix, alg, enc) => ({ [`${prefix}_encrypted_response_alg`]: alg, [`${prefix}_encrypted_response_enc`]: enc, jwks });
  return {
    redirect_uris: { redirect_uris: [CALLBACK, at("/other?kept=1")] },
    "response_types and grant_types": EVERY_FLOW,
    application_type: { application_type: "native", redirect_uris: ["http://127.0.0.1/callback", "com.example.app:/callback"] },
    contacts: { contacts: ["ops@rp.example", "dev@rp.example"] },
    "client_name and its languages": { client_name: "Alpine", "client_name#sv": "Alpin", "client_name#ja-Hani-JP": "山岳" },
    "logo_uri and its languages": { logo_uri: at("/logo.png"), "logo_uri#de": at("/logo.de.png") },
    client_uri: { client_uri: at("/") },
    policy_uri: { policy_uri: at("/policy") },
    tos_uri: { tos_uri: "https://lawyers.example/tos" },
    jwks: { jwks },
    jwks_uri: { jwks_uri: site.publish("/jwks.json", jwks) },
    "sector_identifier_uri and subject_type": { sector_identifier_uri: sector, subject_type: "pairwise" },
    "subject_type without a sector": { subject_type: "pairwise" },
    id_token_signed_response_alg: { id_token_signed_response_alg: "ES256" },
    "id_token encryption": encrypted("id_token", "RSA-OAEP", "A256GCM"),
    userinfo_signed_response_alg: { userinfo_signed_response_alg: "RS256" },
    "userinfo encryption": { ...encrypted("userinfo", "ECDH-ES", "A128GCM"), userinfo_signed_response_alg: "RS256" },
    request_object_signing_alg: { request_object_signing_alg: "RS256", jwks },
    "request object encryption": { request_object_encryption_alg: "dir", request_object_encryption_enc: "A128CBC-HS256" },
    token_endpoint_auth_method: { token_endpoint_auth_method: "client_secret_post" },
    token_endpoint_auth_signing_alg: { token_endpoint_auth_method: "private_key_jwt", token_endpoint_auth_signing_alg: "RS256", jwks },
    default_max_age: { default_max_age: 3600 },
    require_auth_time: { require_auth_time: true },
    default_acr_values: { default_acr_values: ["urn:oasis:names:tc:SAML:2.0:ac:classes:InternetProtocolPassword"] },
    initiate_login_uri: { initiate_login_uri: at("/login") },
    request_uris: { request_uris: [at("/request.jwt#GkurKxf5T0Y-mnPFCHqWOMiZi4VS138cQO_V7PZHAdM")] },
    post_logout_redirect_uris: { post_logout_redirect_uris: [at("/goodbye")] },
    "backchannel logout": { backchannel_logout_uri: at("/backchannel"), backchannel_logout_session_required: true },
    "frontchannel logout": { frontchannel_logout_uri: at("/frontchannel"), frontchannel_logout_session_required: true },
  };
}

for (const [name, json] of Object.entries(await honoured())) {
  test(`Dynamic registration 4: ${name} is honoured`, async () => {
    const answer = await post(json);
    assert.equal(answer.status, 201, answer.text);
    const client = answer.json();
    for (const [member, value] of Object.entries(json)) assert.deepEqual(client[member], value, member);
    assert.deepEqual((await manage(client, "GET")).json(), client);
  });
}

test("Dynamic registration 4: the defaults are RS256, code, authorization_code, client_secret_basic and web", async () => {
  const { id_token_signed_response_alg, response_types, grant_types, token_endpoint_auth_method, application_type } = await register(op);
  assert.deepEqual([id_token_signed_response_alg, response_types, grant_types, token_endpoint_auth_method, application_type],
    ["RS256", ["code"], ["authorization_code"], "client_secret_basic", "web"]);
});

test("Dynamic registration 4: grant types that lack what the response types need are completed", async () => {
  for (const [response_type, grant_types, missing] of [["id_token", ["authorization_code"], "implicit"], ["code id_token", ["authorization_code"], "implicit"],
    ["code id_token", ["implicit"], "authorization_code"], ["code", ["refresh_token"], "authorization_code"]]) {
    const client = await register(op, { response_types: [response_type], grant_types });
    assert.deepEqual([...client.grant_types].sort(), [...grant_types, missing].sort());
  }
});

test("Dynamic registration 5: a redirect URI with a fragment is invalid_redirect_uri", async () => {
  for (const redirect_uris of [[`${CALLBACK}#x`], [`${CALLBACK}#`], [CALLBACK, `${CALLBACK}#foobar`]]) {
    assertRefused(await post({ redirect_uris }), "invalid_redirect_uri");
  }
});

test("Dynamic registration 5: http to initiate a login is refused", async () => {
  assertRefused(await post({ initiate_login_uri: "http://rp.example/login" }));
});

test("Dynamic registration 6: logo, policy and terms are on the login page, the terms on another host too", async () => {
  const about = { logo_uri: "https://rp.example/logo.png", policy_uri: "https://rp.example/policy", tos_uri: "https://lawyers.example/tos" };
  const page = await open(op, await register(op, about));
  assert.ok(page.root.querySelectorAll("img").some((image) => image.getAttribute("src") === about.logo_uri), page.text);
  const links = page.root.querySelectorAll("a").map((link) => link.getAttribute("href"));
  for (const url of [about.policy_uri, about.tos_uri]) assert.ok(links.includes(url), `${url} is not in ${links}`);
  const policy = page.headers["content-security-policy"];
  const images = policy.split(";").map((directive) => directive.trim().split(/\s+/)).find(([name]) => name === "img-src");
  assert.ok(images.includes("https://rp.example") || images.includes(about.logo_uri) || images.includes("https:"), policy);
});

test("Dynamic registration 6: in Swedish what is registered for Swedish", async () => {
  const policies = { policy_uri: "https://rp.example/policy", "policy_uri#sv": "https://rp.example/sv/policy" };
  const client = await register(op, { client_name: "Alpine", "client_name#sv": "Fjället", ...policies });
  const page = await open(op, client, { ui_locales: "sv" });
  assert.match(page.text, /Fjället/);
  assert.ok(page.root.querySelectorAll("a").some((link) => link.getAttribute("href") === "https://rp.example/sv/policy"));
});

test("Dynamic registration 4: what has been registered counts at once, and after an update what is new", async () => {
  const client = await register(op);
  const done = await granted(op, client);
  await tokensOf(op, client, done);
  const json = { client_id: client.client_id, redirect_uris: [CALLBACK], token_endpoint_auth_method: "client_secret_post" };
  const next = { ...client, ...(await manage(client, "PUT", { json })).json() };
  const again = await granted(op, next, {}, { browser: done.browser });
  assert.equal((await redeemed(op, client, again)).status, 401);
  assert.equal((await redeemed(op, next, again)).status, 200);
});
