// The provider as it is deployed: an https issuer, with TLS ending before it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as oidc from "openid-client";
import { Browser } from "./harness/browserless.mjs";
import { request, trust } from "./harness/http.mjs";
import { createUser, startProvider } from "./harness/provider.mjs";
import { bearer, CALLBACK, DIANA, authorizationRequest, signIn } from "./support/relying_party.mjs";
import { fetchTrusting, startTlsProxy } from "./support/tls_proxy.mjs";

const CONFIGURATION = "/.well-known/openid-configuration";
const SPOOFED = [{ host: "evil.example" }, { "x-forwarded-host": "evil.example" }, { "x-forwarded-proto": "http" }, { forwarded: "host=evil.example;proto=http" },
  { "x-original-url": "/admin/clients" }, { "x-forwarded-host": "evil.example", "x-forwarded-port": "80", "x-host": "evil.example" }];

let op, proxy;

before(async () => {
  proxy = await startTlsProxy();
  op = await startProvider({ issuer: proxy.origin });
  proxy.forwardTo(op.url);
  trust(proxy.certificate);
  await createUser(op, "diana", DIANA);
});
after(() => Promise.all([op?.stop(), proxy?.stop()]));

const get = (path, headers) => request(proxy.origin + path, { headers });
const register = async (headers) => {
  const answer = await request(`${proxy.origin}/registration`, { json: { redirect_uris: [CALLBACK] }, headers });
  assert.equal(answer.status, 201, answer.text);
  return answer.json();
};
const urlsOf = (document) => Object.entries(document).filter(([name]) => name === "issuer" || /_(endpoint|uri|iframe)$/.test(name));

test("every URL in discovery and in a registration is https and the issuer's", async () => {
  const urls = [...urlsOf((await get(CONFIGURATION)).json()), ...urlsOf(await register())];
  assert.ok(urls.length > 6);
  for (const [name, url] of urls) assert.ok(url === proxy.origin || url.startsWith(`${proxy.origin}/`), `${name}: ${url}`);
});

test("every answer tells browsers to stay with https", async () => {
  const client = await register();
  for (const path of ["/", CONFIGURATION, "/jwks", "/userinfo", "/token", "/nowhere", "/authorization", authorizationRequest(client).path]) {
    const value = (await get(path)).headers["strict-transport-security"];
    assert.ok(Number(/max-age=(\d+)/.exec(value)?.[1]) >= 31_536_000, `${path}: ${value}`);
  }
});

test("every cookie is __Host- and Secure; all but the one that the session frame reads are HttpOnly and for no other site", async () => {
  const client = await register();
  const browser = new Browser();
  const login = await browser.get(proxy.origin + authorizationRequest(client).path);
  const consent = await signIn(browser, login);
  const done = await browser.submit(consent, { button: "allow" });
  assert.ok(done.location.startsWith(CALLBACK), done.location);
  const cookies = [login, consent, done].flatMap(({ headers }) => headers["set-cookie"] ?? []);
  assert.ok(cookies.length);
  for (const cookie of cookies) {
    assert.match(cookie, /^__Host-/);
    for (const attribute of [/; *Secure(;|$)/i, /; *Path=\/(;|$)/i]) assert.match(cookie, attribute);
    assert.doesNotMatch(cookie, /; *Domain=/i);
  }
  const isState = (cookie) => cookie.startsWith("__Host-treeline-state=");
  for (const cookie of cookies.filter((cookie) => !isState(cookie))) {
    for (const attribute of [/; *HttpOnly(;|$)/i, /; *SameSite=Lax(;|$)/i]) assert.match(cookie, attribute);
  }
  const [state, ...others] = cookies.filter(isState);
  assert.match(state, /; *SameSite=None(;|$)/i);
  assert.doesNotMatch(state, /HttpOnly/i);
  assert.deepEqual(others, []);
});

test("a whole flow with openid-client, which trusts the certificate", async () => {
  const config = await oidc.dynamicClientRegistration(new URL(proxy.origin), { redirect_uris: [CALLBACK] }, oidc.ClientSecretBasic(), {
    execute: [oidc.enableNonRepudiationChecks],
    [oidc.customFetch]: fetchTrusting(proxy.certificate),
  });
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const checks = { pkceCodeVerifier, expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce(), maxAge: 600 };
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope: "openid profile email address phone",
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    max_age: "600",
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
  });
  const browser = new Browser();
  const { location } = await browser.submit(await signIn(browser, await browser.get(url)), { button: "allow" });
  const tokens = await oidc.authorizationCodeGrant(config, new URL(location), checks);
  assert.equal(tokens.claims().iss, proxy.origin);
  const { sub, ...claims } = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
  assert.equal(sub, tokens.claims().sub);
  assert.deepEqual(claims, DIANA.claims);
});

test("without that certificate nobody gets through", async () => {
  await assert.rejects(oidc.discovery(new URL(proxy.origin), "x"));
});

test("a spoofed host changes nothing", async () => {
  const genuine = await get(CONFIGURATION);
  const client = await register();
  const { path } = authorizationRequest(client);
  for (const headers of SPOOFED) {
    const about = JSON.stringify(headers);
    const document = await get(CONFIGURATION, headers);
    assert.deepEqual([document.status, document.text], [200, genuine.text], about);
    for (const [name, url] of urlsOf(await register(headers))) assert.ok(url.startsWith(`${proxy.origin}/`), `${about} ${name}: ${url}`);
    for (const address of [path, "/authorization", "/", "/userinfo", `${path}&prompt=none`]) {
      const answer = await get(address, headers);
      assert.ok(!JSON.stringify([answer.headers, answer.text]).includes("evil.example"), `${about} ${address}`);
      if (answer.location) assert.ok(answer.location.includes(encodeURIComponent(proxy.origin)), answer.location);
    }
    const token = await request(`${proxy.origin}/token`, { form: { grant_type: "x" }, headers });
    assert.ok(!token.text.includes("evil.example") && token.status < 500);
  }
});

test("plain HTTP as the edge would pass it on does not make the issuer http", async () => {
  const document = await op.request(CONFIGURATION, { headers: { "x-forwarded-proto": "http", "cf-visitor": '{"scheme":"http"}' } });
  for (const [name, url] of urlsOf(document.json())) assert.match(url, /^https:/, name);
  const listed = await op.request("/admin/clients", { headers: { ...bearer(op.adminToken), host: "evil.example" } });
  assert.ok(!listed.text.includes("evil.example"));
});
