// Who has signed in already, who is asked again, and that an authorization request by itself leaves no trace.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Browser } from "./harness/browserless.mjs";
import { createUser, startProvider } from "./harness/provider.mjs";
import { answerAt, assertLocal, assertRedirectError } from "./support/assertions.mjs";
import { decode } from "./support/jwt.mjs";
import { DIANA, PASSWORD, authorizationRequest, authorize, flow, register, signIn, tokens, treeOf } from "./support/relying_party.mjs";

let op, client;

before(async () => {
  op = await startProvider();
  await Promise.all(["diana", "erik"].map((name) => createUser(op, name, DIANA)));
  client = await register(op);
});
after(() => op?.stop());

/** Opens an authorization request in a browser: the page or the redirect, with the request. */
async function open(browser, changes, { of = client } = {}) {
  const request = authorizationRequest(of, changes);
  return { ...(await browser.get(op.issuer + request.path)), request };
}

/** A browser in which diana has signed in for a client and allowed it, and what that client learnt. */
async function signedIn(of = client) {
  const done = await flow(op, of, {});
  return { browser: done.browser, claims: decode((await tokens(op, of, done)).id_token).claims };
}

const shows = (id) => (page) => assert.ok(page.root.querySelector(id), `no ${id}: ${page.status} ${page.location ?? page.root.querySelector("title")?.text}`);
const [isLogin, isConsent] = ["#login", "#allow"].map(shows);
const claimsOf = async (page) => {
  const { code } = answerAt(page.request, page);
  return decode((await tokens(op, client, { ...page.request, code })).id_token).claims;
};

describe("prompt and max_age", () => {
  test("none without a session is login_required, with a broken cookie too", async () => {
    assertRedirectError(op, await authorize(op, client, { prompt: "none" }), "login_required");
    for (const cookie of ["treeline-session=x", "treeline-session=", "treeline-session=" + "A".repeat(5000), "=;;=", "treeline-session=%00"]) {
      assertRedirectError(op, await authorize(op, client, { prompt: "none" }, { headers: { cookie } }), "login_required");
    }
  });

  test("none with a session but without consent is consent_required", async () => {
    const { browser } = await signedIn();
    const another = await register(op);
    assertRedirectError(op, await open(browser, { prompt: "none" }, { of: another }), "consent_required");
  });

  test("none with both is an immediate success for the same person, and so is no prompt", async () => {
    const { browser, claims } = await signedIn();
    for (const changes of [{ prompt: "none" }, {}, { max_age: "15000" }, { max_age: "10000", prompt: "none" }]) {
      const { sub, auth_time, nonce } = await claimsOf(await open(browser, changes));
      assert.deepEqual([sub, auth_time], [claims.sub, claims.auth_time]);
      assert.notEqual(nonce, claims.nonce);
    }
  });

  test("none never shows a page, whatever stands beside it", async () => {
    const { browser } = await signedIn();
    for (const prompt of ["none login", "none consent", "login none", "none select_account"]) {
      assertRedirectError(op, await open(browser, { prompt }), "invalid_request");
    }
  });

  test("login and select_account ask for the password again, consent asks again, both together ask for both", async () => {
    const { browser } = await signedIn();
    for (const prompt of ["login", "select_account", "login consent", "consent login"]) isLogin(await open(browser, { prompt }));
    isConsent(await open(browser, { prompt: "consent" }));
    isConsent(await signIn(browser, await open(browser, { prompt: "login consent" })));
    const page = await signIn(browser, await open(browser, { prompt: "login" }));
    assert.equal(page.status, 303, page.text);
  });

  test("an authentication that is too old is repeated, and auth_time moves on", async () => {
    const { browser, claims } = await signedIn();
    isLogin(await open(browser, { max_age: "0" }));
    await pause(2100);
    assertRedirectError(op, await open(browser, { max_age: "1", prompt: "none" }), "login_required");
    const page = await open(browser, { max_age: "1" });
    isLogin(page);
    const again = await claimsOf({ ...(await signIn(browser, page)), request: page.request });
    assert.equal(again.sub, claims.sub);
    assert.ok(again.auth_time > claims.auth_time, `${again.auth_time} > ${claims.auth_time}`);
  });

  test("a client's default_max_age holds where the request has none", async () => {
    const strict = await register(op, { default_max_age: 0 });
    const { browser } = await signedIn();
    isLogin(await open(browser, {}, { of: strict }));
  });

  test("login_hint fills in the user name, as text", async () => {
    for (const hint of ["diana", `"><script>alert(1)</script>`]) {
      const page = await open(new Browser(op), { login_hint: hint });
      assert.equal(page.root.querySelector("#username").getAttribute("value"), hint);
      assert.doesNotMatch(page.text, /<script/);
    }
  });
});

describe("9. another user", () => {
  test("after prompt=login somebody else gets a session and a subject of his own", async () => {
    const { browser, claims } = await signedIn();
    const before = await treeOf(op, "diana");
    const page = await open(browser, { prompt: "login" });
    const consent = await signIn(browser, page, { username: "erik", password: PASSWORD });
    isConsent(consent);
    const answer = { ...(await browser.submit(consent, { button: "allow" })), request: page.request };
    const erik = await claimsOf(answer);
    assert.notEqual(erik.sub, claims.sub);
    assert.ok((await treeOf(op, "diana")) === before, "erik's sign-in has changed diana's tree");
    assert.equal((await claimsOf(await open(browser, { prompt: "none" }))).sub, erik.sub);
  });

  test("the session cookie changes at every login and is of no use once it is another's", async () => {
    const cookie = (browser) => browser.cookies.for(new URL(op.issuer)).find(({ name }) => name === "treeline-session").value;
    const { browser } = await signedIn();
    const seen = [cookie(browser)];
    for (const username of ["diana", "erik"]) {
      await signIn(browser, await open(browser, { prompt: "login" }), { username });
      seen.push(cookie(browser));
    }
    assert.equal(new Set(seen).size, 3);
  });
});

describe("14. nothing is kept of a request before somebody has signed in", () => {
  const NAMES = ["client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "prompt", "max_age", "display", "ui_locales", "claims_locales",
    "id_token_hint", "login_hint", "acr_values", "claims", "response_mode", "request", "request_uri", "registration", "code_challenge",
    "code_challenge_method", "resource", "unknown"];
  const JWTS = ["request", "id_token_hint"];
  const statuses = (name, size) => (size === 1 || (size === 16 && JWTS.includes(name)) ? [200, 303, 400] : [400, 413, 414]);

  test("a request costs nothing where the client has just been read, and writes nothing", async () => {
    await authorize(op, client);
    await op.resetCounts();
    const files = op.storageFiles().sort();
    await authorize(op, client);
    const { kv, objects } = await op.counts();
    assert.deepEqual(kv, { get: 0, bulk: 0, put: 0, delete: 0, list: 0 });
    assert.deepEqual(Object.values(objects).filter((count) => count), []);
    for (const changes of [{ prompt: "none" }, { client_id: "unknown" }, { redirect_uri: "x" }, { scope: "\u0001" }]) await authorize(op, client, changes);
    const after = await op.counts();
    assert.deepEqual([after.kv.put, after.kv.delete, ...Object.values(after.objects)].filter((count) => count), []);
    assert.deepEqual(op.storageFiles().sort(), files);
  });

  for (const name of NAMES) {
    test(`${name} of 1, 16 and 100 KB is answered by GET and by POST`, async () => {
      await op.resetCounts();
      for (const size of [1, 16, 100]) {
        const allowed = statuses(name, size);
        const { path, pairs } = authorizationRequest(client, { [name]: "a".repeat(size * 1024) });
        for (const { status } of [await op.request(path), await op.request("/authorization", { form: pairs })]) {
          assert.ok(allowed.includes(status), `${size} KB: ${status}`);
        }
      }
      const { kv, objects } = await op.counts();
      assert.deepEqual([kv.put, ...Object.values(objects)].filter((count) => count), []);
    });
  }

  test("a body past every limit is refused with 413", async () => {
    assertLocal(await op.request("/authorization", { form: { state: "a".repeat(1 << 20) } }));
    assert.equal((await op.request("/authorization", { form: { state: "a".repeat(1 << 20) } })).status, 413);
  });

  test("fifteen thousand parameters are answered in good time", async () => {
    const began = Date.now();
    const { status } = await op.request("/authorization", { body: "a=1&".repeat(15_000), headers: { "content-type": "application/x-www-form-urlencoded" } });
    assert.equal(status, 400);
    assert.ok(Date.now() - began < 2000);
  });
});

describe("14. what changes while a page is open", () => {
  test("a client that is deleted in between gets no code, at login and at consent", async () => {
    for (const step of ["login", "consent"]) {
      const doomed = await register(op);
      const browser = new Browser(op);
      let page = await open(browser, {}, { of: doomed });
      if (step === "consent") page = await signIn(browser, page);
      const url = new URL(doomed.registration_client_uri);
      const headers = { authorization: `Bearer ${doomed.registration_access_token}` };
      assert.equal((await op.request(url.pathname + url.search, { method: "DELETE", headers })).status, 204);
      const answer = step === "login" ? await signIn(browser, page) : await browser.submit(page, { button: "allow" });
      assertLocal(answer);
    }
  });

  test("a redirect URI that is deregistered in between gets no code", async () => {
    const doomed = await register(op);
    const browser = new Browser(op);
    const page = await open(browser, {}, { of: doomed });
    const url = new URL(doomed.registration_client_uri);
    const changed = await op.request(url.pathname + url.search, {
      method: "PUT",
      headers: { authorization: `Bearer ${doomed.registration_access_token}` },
      json: { client_id: doomed.client_id, redirect_uris: ["https://rp.example/moved"] },
    });
    assert.equal(changed.status, 200, changed.text);
    assertLocal(await signIn(browser, page));
  });
});
