// What a client needs to watch over a session: session_state, the browser's state that it is made of, and the page that compares them. What that page
// answers is for browsers to show (tests/browser/session_management.test.mjs).
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { Browser } from "../harness/browserless.mjs";
import { createUser, startProvider } from "../harness/provider.mjs";
import { EVERY_FLOW, MODES, RESPONSE_TYPES, assertRefused, granted, inFront, open, visit } from "../support/front_channel.mjs";
import { DIANA, register } from "../support/relying_party.mjs";

const ORIGIN = "https://rp.example";

let op, https, client;

before(async () => {
  const vars = { REGISTRATION_LIMIT: 1000 };
  [op, https] = await Promise.all([startProvider({ vars }), startProvider({ vars, issuer: "https://login.example.org" })]);
  await Promise.all([op, https].map((one) => createUser(one, "diana", DIANA)));
  client = await register(op, EVERY_FLOW);
});
after(() => Promise.all([op?.stop(), https?.stop()]));

const stateOf = (browser, { issuer } = op) => browser.cookies.for(new URL(issuer)).find(({ name }) => name.endsWith("treeline-state"))?.value;

/** Whether the page would answer "unchanged" to a client on that origin. */
function isUnchanged({ answer, browser }, { of = client, origin = ORIGIN, provider = op } = {}) {
  const [hash, salt, ...rest] = answer.session_state.split(".");
  assert.deepEqual([hash.length, salt.length, rest], [43, 22, []], answer.session_state);
  const text = `${of.client_id} ${origin} ${stateOf(browser, provider)} ${salt}`;
  return createHash("sha256").update(text).digest("base64url") === hash;
}

for (const response_type of RESPONSE_TYPES) {
  for (const response_mode of MODES.filter((mode) => mode !== "query" || !inFront(response_type))) {
    test(`Logout 5: session_state comes with ${response_type} by ${response_mode}, after the pages and at once`, async () => {
      const changes = { response_type, response_mode };
      const fresh = await register(op, EVERY_FLOW);
      const first = await granted(op, fresh, changes);
      const second = await granted(op, fresh, changes, first);
      assert.deepEqual([first.shown, second.shown], [["login", "consent"], []]);
      assert.ok(isUnchanged(first, { of: fresh }) && isUnchanged(second, { of: fresh }));
      assert.notEqual(first.answer.session_state, second.answer.session_state, "the salt is new");
      const third = await granted(op, fresh, { ...changes, prompt: "login" }, first);
      assert.deepEqual(third.shown, ["login"]);
      assert.ok(isUnchanged(third, { of: fresh }));
      assert.ok(!isUnchanged({ ...first, browser: third.browser }, { of: fresh }), "the sign-in has changed the state");
    });
  }
}

test("Logout 5: two clients in one browser have one state", async () => {
  const other = await register(op, { redirect_uris: ["https://other.example/cb"] });
  const one = await granted(op, client);
  const state = stateOf(one.browser);
  const two = await granted(op, other, {}, one);
  assert.equal(stateOf(two.browser), state);
  assert.ok(isUnchanged(one) && isUnchanged(two, { of: other, origin: "https://other.example" }));
  assert.ok(!isUnchanged(one, { of: other }) && !isUnchanged(two, { of: client, origin: "https://other.example" }));
});

test("Logout 5: an error has none, and neither has a response without openid or without an origin", async () => {
  const { browser } = await granted(op, client);
  for (const changes of [{ prompt: "none login" }, { max_age: "x" }]) {
    const page = await open(op, client, changes, { browser });
    assertRefused(op, page, "invalid_request");
    assert.ok(!new URL(page.location).searchParams.has("session_state"));
  }
  const denied = await visit(op, client, { prompt: "consent" }, { browser, decision: "deny" });
  assert.deepEqual([denied.answer.error, denied.answer.session_state], ["access_denied", undefined]);
  const oauth = await granted(op, client, { scope: "email" }, { browser });
  assert.ok(oauth.code && !("session_state" in oauth.answer));
  const app = await register(op, { redirect_uris: ["com.example.app:/cb"], application_type: "native", token_endpoint_auth_method: "none" });
  const native = await granted(op, app, {}, { browser });
  assert.ok(native.code && !("session_state" in native.answer));
});

test("Logout 5: with an https issuer the state's cookie is one that frames on other sites can read", async () => {
  const itsClient = await register(https);
  const done = await granted(https, itsClient, {}, { browser: new Browser(https) });
  const cookie = done.browser.cookies.for(new URL(https.issuer)).find(({ name }) => name === "__Host-treeline-state");
  assert.deepEqual(Object.keys(cookie.attributes).sort(), ["max-age", "path", "samesite", "secure"]);
  assert.equal(cookie.attributes.samesite, "None");
  assert.ok(isUnchanged(done, { of: itsClient, provider: https }));
});

test("Logout 5: the page may be framed by any site, runs its own script and nothing else, and is kept by caches", async () => {
  for (const provider of [op, https]) {
    const page = await provider.request("/check_session");
    const { etag, "content-security-policy": policy, "cache-control": cache, ...headers } = page.headers;
    assert.equal(page.status, 200);
    assert.match(headers["content-type"], /^text\/html; *charset=utf-8$/);
    assert.equal(headers["x-frame-options"], undefined);
    assert.equal(headers["set-cookie"], undefined);
    assert.equal(cache, "public, max-age=3600");
    const script = /<script>(.*)<\/script>/s.exec(page.text)[1];
    const hash = createHash("sha256").update(script).digest("base64");
    assert.equal(policy, `default-src 'none'; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`);
    const again = await provider.request("/check_session", { headers: { "if-none-match": etag } });
    assert.deepEqual([again.status, again.text], [304, ""]);
    const head = await provider.request("/check_session", { method: "HEAD" });
    assert.deepEqual([head.status, head.text, head.headers.etag], [200, "", etag]);
  }
});

test("Logout 5: the page costs nothing: no object is called and nothing is read", async () => {
  await op.resetCounts();
  for (let i = 0; i < 20; i++) assert.equal((await op.request("/check_session")).status, 200);
  const { kv, objects } = await op.counts();
  assert.deepEqual([Object.values(kv), Object.values(objects)].flat().filter((count) => count !== 0), []);
});
