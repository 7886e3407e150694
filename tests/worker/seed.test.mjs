// The seed's flow: five steps with the metadata of a client that oidcop 2.0 registered in 2021, and after each the session tree
// compared with the dump that oidcop wrote.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { Browser } from "./harness/browserless.mjs";
import { createUser, startProvider } from "./harness/provider.mjs";
import { decode } from "./support/jwt.mjs";
import { DIANA, admin, authorizationRequest, sessions, signIn, tokens, treeOf, userinfo } from "./support/relying_party.mjs";

const GRANT_LIFETIME = 43_200;
const SCOPE = "openid profile email address phone";

const fixture = (name) => JSON.parse(readFileSync(new URL(`../vectors/oidcop/${name}`, import.meta.url)));
const [seedClient] = Object.values(fixture("client-record.json"));
const seedDump = fixture("session-dump-after-token.json");

/** What oidcop's client sent to be registered: its record without what the provider added, URIs as they travel. */
function metadata() {
  const { client_id, client_salt, registration_access_token, registration_client_uri, client_id_issued_at, client_secret,
    client_secret_expires_at, ...sent } = seedClient;
  const uris = (pairs) => pairs.map(([uri]) => uri);
  return { ...sent, redirect_uris: uris(sent.redirect_uris), post_logout_redirect_uris: uris(sent.post_logout_redirect_uris) };
}

const TIMES = ["expires_at", "issued_at", "authn_time", "valid_until"];
const TEXTS = ["nonce", "state", "code_challenge", "sub", "salt"];

/** A dump as text in which each value that differs from run to run has a name in its place, so that everything else is compared. */
function outline(dump) {
  const [names, tokens] = [new Map(), new Map()];
  const name = (value, called) => value !== undefined && names.set(value, called);
  for (const [key, [path, object]] of Object.entries(dump.db)) {
    const [, client, grant] = key.split(";;");
    name(client, "CLIENT");
    name(grant, "GRANT");
    if (path.endsWith(".SessionInfo")) name(key, "SID");
    for (const token of object.issued_token ?? []) {
      // A code has the id of its grant.
      tokens.set(token.id, `${token.type} id`);
      name(token.value, `${token.type} value`);
    }
  }
  const rename = (text) => names.get(text) ?? text.split(";;").map((part) => names.get(part) ?? part).join(";;");
  const walk = (value, key) => {
    if (TIMES.includes(key) && Number.isInteger(value)) return value === 0 ? 0 : "a time";
    if (TEXTS.includes(key) && typeof value === "string") return "a text";
    if (key === "id" && tokens.has(value)) return tokens.get(value);
    if (typeof value === "string") return rename(value);
    if (Array.isArray(value)) return value.map((element) => walk(element));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([member, inner]) => [rename(member), walk(inner, member)]));
  };
  // oidcop's tokens had no end of their own there; these have.
  const ended = walk(dump);
  for (const [, { issued_token = [] }] of Object.values(ended.db)) issued_token.forEach((token) => (token.expires_at = "a time or 0"));
  return JSON.stringify(ended, null, 1);
}

/** oidcop's dump with another grant in it. */
function seedWith(change) {
  const dump = structuredClone(seedDump);
  for (const [path, object] of Object.values(dump.db)) if (path.endsWith(".Grant")) change(object);
  return dump;
}

const grantOf = ({ db }) => Object.values(db).find(([path]) => path.endsWith(".Grant"))[1];
const now = () => Math.floor(Date.now() / 1000);
const about = (time, expected) => assert.ok(Math.abs(time - expected) <= 5, `${time} is not about ${expected}`);

let op, browser, client, request, page, response, afterToken, treeAfterToken;

before(async () => {
  op = await startProvider();
  browser = new Browser(op);
  await createUser(op, "diana", DIANA);
});
after(() => op?.stop());

test("1. discovery: no clients and no sessions", async () => {
  assert.equal((await op.request("/.well-known/openid-configuration")).status, 200);
  assert.deepEqual((await sessions(op)).db, {});
  assert.deepEqual((await admin(op, "/admin/clients")).json(), {});
});

test("2. registration: one client, in the form of oidcop's record, and no sessions", async () => {
  const answer = await op.request("/registration", { json: metadata() });
  assert.equal(answer.status, 201, answer.text);
  client = answer.json();
  const clients = (await admin(op, "/admin/clients")).json();
  assert.deepEqual(Object.keys(clients), [client.client_id]);
  const record = clients[client.client_id];
  assert.deepEqual(Object.keys(record), Object.keys(seedClient));
  const types = (object) => Object.values(object).map((value) => typeof value);
  assert.deepEqual(types(record), types(seedClient));
  for (const [name, value] of Object.entries(metadata())) {
    assert.deepEqual(record[name], name.endsWith("redirect_uris") ? seedClient[name] : value, name);
  }
  for (const name of ["client_id", "client_secret", "client_secret_expires_at", "registration_access_token", "registration_client_uri"]) {
    assert.equal(record[name], client[name], name);
  }
  assert.equal(record.client_salt.length, seedClient.client_salt.length);
  assert.equal(record.client_secret_expires_at - record.client_id_issued_at, 2_592_000);
  assert.equal(client.registration_client_uri, `${op.issuer}/registration_api?client_id=${client.client_id}`);
  assert.deepEqual((await sessions(op)).db, {});
});

test("3. authorization request: nothing is stored before the user has authenticated", async () => {
  request = authorizationRequest(client, { scope: SCOPE });
  page = await browser.get(op.issuer + request.path);
  assert.ok(page.root.querySelector("#login"), page.text);
  assert.deepEqual((await sessions(op)).db, {});
});

test("3b. login: user, client session, and a grant without tokens", async () => {
  page = await signIn(browser, page);
  assert.ok(page.root.querySelector("#allow"), page.text);
  const empty = { expires_at: 0, usage_rules: {}, used: 0, claims: {}, issued_token: [], resources: [], scope: [] };
  const dump = await sessions(op);
  assert.equal(outline(dump), outline(seedWith((grant) => Object.assign(grant, empty))));
  const { issued_at, authentication_event } = grantOf(dump);
  const { authn_time, valid_until } = authentication_event["oidcop.authn_event.AuthnEvent"];
  about(issued_at, now());
  about(authn_time, now());
  assert.equal(valid_until - authn_time, 3600);
});

test("3c. response: the grant is authorized and has a code", async () => {
  page = await browser.submit(page, { button: "allow" });
  response = Object.fromEntries(new URL(page.location).searchParams);
  const dump = await sessions(op);
  const expected = seedWith((grant) => {
    grant.used = 1;
    grant.issued_token = [{ ...grant.issued_token[0], used: 0 }];
  });
  assert.equal(outline(dump), outline(expected));
  const grant = grantOf(dump);
  about(grant.expires_at, now() + GRANT_LIFETIME);
  assert.equal(grant.issued_token[0].value, response.code);
  assert.equal(grant.issued_token[0].expires_at - grant.issued_token[0].issued_at, 60);
  assert.deepEqual(grant.authorization_request["oidcmsg.oidc.AuthorizationRequest"], {
    redirect_uri: metadata().redirect_uris[0],
    scope: SCOPE,
    response_type: "code",
    nonce: request.fields.nonce,
    state: request.fields.state,
    code_challenge: request.fields.code_challenge,
    code_challenge_method: "S256",
    client_id: client.client_id,
  });
});

test("4. token: the dump is oidcop's, field for field", async () => {
  response = { ...response, ...(await tokens(op, client, { ...request, code: response.code })) };
  afterToken = await sessions(op);
  treeAfterToken = await treeOf(op, "diana");
  assert.equal(outline(afterToken), outline(seedDump));
  const [code, accessToken] = grantOf(afterToken).issued_token;
  assert.equal(code.value, response.code);
  assert.equal(accessToken.based_on, response.code);
  assert.equal(accessToken.expires_at - accessToken.issued_at, 3600);
  // An ECDSA signature is made anew; what it signs is the token that the client has.
  const signed = (token) => token.slice(0, token.lastIndexOf("."));
  assert.equal(signed(accessToken.value), signed(response.access_token));
  assert.equal((await userinfo(op, accessToken.value)).status, 200);
});

test("5. userinfo: the claims, and nothing changes", async () => {
  const answer = await userinfo(op, response.access_token);
  assert.equal(answer.status, 200, answer.text);
  const { sub, ...claims } = answer.json();
  assert.equal(sub, grantOf(afterToken).sub);
  assert.deepEqual(claims, DIANA.claims);
  assert.equal(await treeOf(op, "diana"), treeAfterToken);
});

test("the id token tells the session that the dump keeps for logout", async () => {
  const { sid } = decode(response.id_token).claims;
  assert.match(sid, /^[\w-]{43,}$/);
  assert.ok(!JSON.stringify(afterToken).includes(sid));
});
