// Signing out by a client's request (OpenID Connect RP-Initiated Logout), and the pages that a person sees of it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import * as jose from "jose";
import { Browser } from "../harness/browserless.mjs";
import { createUser, startProvider } from "../harness/provider.mjs";
import { refreshed, worked } from "../support/back_channel.mjs";
import { decrypted, jwksOf, keyFor } from "../support/client_keys.mjs";
import { EVERY_FLOW, assertRefused, modeOf, open } from "../support/front_channel.mjs";
import { decode, encode, forged } from "../support/jwt.mjs";
import { assertAsks, assertSays, copyOf, decide, endSession, isSignedIn, signedIn, wordsOf } from "../support/logout.mjs";
import { startReceiver } from "../support/receiver.mjs";
import { CALLBACK, DIANA, bearer, register, treeOf } from "../support/relying_party.mjs";

const LANGUAGES = ["en", "sv", "de", "fr", "es", "ja"];
const PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
const STATE = PUNCTUATION.repeat(3).slice(0, 90);

let op, short, rp, bye, client;

before(async () => {
  const vars = { REGISTRATION_LIMIT: 1000 };
  [op, short, rp] = await Promise.all([startProvider({ vars }), startProvider({ vars: { ...vars, ID_TOKEN_LIFETIME: 1 } }), startReceiver()]);
  await Promise.all([createUser(op, "diana", DIANA), createUser(op, "erik", DIANA), createUser(short, "diana", DIANA)]);
  bye = rp.url("/bye");
  client = await register(op, { ...EVERY_FLOW, ...leaving() });
});
after(() => Promise.all([op?.stop(), short?.stop(), rp?.stop()]));

/** Registration metadata of a client to which people come back. */
const leaving = () => ({ post_logout_redirect_uris: [bye, `${bye}?from=op`] });
const enter = (options) => signedIn(op, client, options);

/** Nobody is signed in at the browser any more, nor at `copy`, which has its cookies of before. */
async function assertSignedOut(browser, copy) {
  for (const one of [browser, copy]) assert.equal(await isSignedIn(op, client, one), false);
}

/** Asks for `fields` in a way of its own: what a browser would be sent to. */
const WAYS = {
  GET: (provider, browser, fields) => endSession(provider, browser, fields),
  POST: (provider, browser, fields) => endSession(provider, browser, fields, { method: "POST" }),
  // As browsers do that say nothing of sites.
  "POST that names no site": (provider, browser, form) => {
    const cookie = browser.cookies.for(new URL(provider.issuer)).map(({ name, value }) => `${name}=${value}`).join("; ");
    return provider.request("/session", { form, headers: { ...(cookie && { cookie }) } });
  },
};

test("Discovery 11: where to sign out, and that clients are told by either channel", async () => {
  for (const document of ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"]) {
    const metadata = (await op.request(document)).json();
    assert.ok(metadata.end_session_endpoint.startsWith(`${op.issuer}/`));
    assertSays(await new Browser(op).get(metadata.end_session_endpoint), 200, "signed out");
    for (const channel of ["backchannel", "frontchannel"]) {
      assert.equal(metadata[`${channel}_logout_supported`], true);
      assert.equal(metadata[`${channel}_logout_session_supported`], true);
    }
  }
});

test("ID token 3: sid where the client takes part in logout and not otherwise, in every ID token of the session", async () => {
  const own = { redirect_uris: [rp.url("/callback")], ...EVERY_FLOW };
  const parts = [{ backchannel_logout_uri: rp.url("/back") }, { frontchannel_logout_uri: rp.url("/front") }, leaving()];
  for (const part of [...parts, Object.assign({}, ...parts)]) {
    const of = await register(op, { ...own, ...part });
    const { browser, done, tokens, hint } = await signedIn(op, of, { response_type: "code id_token", scope: "openid offline_access", prompt: "consent" });
    const next = await worked(refreshed(op, of, tokens.refresh_token));
    const again = await signedIn(op, of, { browser });
    const sids = [done.answer.id_token, hint, next.id_token, again.hint].map((token) => decode(token).claims.sid);
    assert.equal(typeof sids[0], "string");
    assert.equal(new Set(sids).size, 1);
    assert.notEqual(decode((await signedIn(op, of)).hint).claims.sid, sids[0], "another browser's");
  }
  const apart = await signedIn(op, await register(op, own), { response_type: "code id_token" });
  for (const token of [apart.done.answer.id_token, apart.hint]) assert.ok(!("sid" in decode(token).claims));
});

for (const [way, send] of Object.entries(WAYS)) {
  test(`Logout 1: by ${way}, the person is signed out and back at the client with state alone, percent-encoded`, async () => {
    assert.equal(STATE.length, 90);
    assert.deepEqual([...PUNCTUATION].filter((one) => !STATE.includes(one)), []);
    const { browser, hint } = await enter();
    const copy = copyOf(op, browser);
    const left = await send(op, browser, { id_token_hint: hint, post_logout_redirect_uri: bye, state: STATE });
    assert.equal(left.status, 303, left.text);
    await assertSignedOut(browser, copy);
    const [address, query, ...more] = left.location.split("?");
    assert.deepEqual([address, more], [bye, []]);
    assert.match(query, /^state=(%[0-9A-F]{2}|[A-Za-z0-9*._~-])+$/);
    assert.equal(decodeURIComponent(query.slice("state=".length)), STATE);
    await browser.get(left.location);
    assert.deepEqual((await rp.next("/bye")).query, [["state", STATE]]);
    for (const response_type of ["code", "id_token", "code id_token token"]) {
      const page = await open(op, client, { prompt: "none", response_type }, { browser });
      assertRefused(op, page, "login_required", { mode: modeOf(response_type) });
    }
  });

  test(`Logout 1: by ${way}, no state comes back where none was sent, and a registered query is kept`, async () => {
    for (const [uri, state, expected] of [[bye, undefined, bye], [`${bye}?from=op`, undefined, `${bye}?from=op`], [`${bye}?from=op`, "å b", `${bye}?from=op&state=%C3%A5%20b`]]) {
      const { browser, hint } = await enter();
      const left = await send(op, browser, { id_token_hint: hint, post_logout_redirect_uri: uri, ...(state && { state }) });
      assert.equal(left.location, expected);
    }
  });

  test(`Logout 1: by ${way}, client_id, logout_hint, ui_locales and what is unknown may come along`, async () => {
    const more = [{ client_id: client.client_id }, { logout_hint: "diana" }, { logout_hint: "<å>" }, { ui_locales: "sv xx" }, { ui_locales: "_" }, { foo: "bar" }];
    for (const fields of [...more, Object.assign({}, ...more)]) {
      const { browser, hint } = await enter();
      const copy = copyOf(op, browser);
      const left = await send(op, browser, { id_token_hint: hint, post_logout_redirect_uri: bye, ...fields });
      assert.equal(left.location, bye, JSON.stringify(fields));
      await assertSignedOut(browser, copy);
    }
  });

  test(`Logout 1: by ${way}, an ID token is enough: with the cookie and without, expired and not`, async () => {
    for (const provider of [op, short]) {
      const of = provider === op ? client : await register(provider, leaving());
      const [first, second] = [await signedIn(provider, of), await signedIn(provider, of)];
      const expiry = decode(second.hint).claims.exp * 1000;
      if (provider === short) await pause(expiry + 1000 - Date.now());
      for (const [sender, { browser, hint }] of [[first.browser, first], [new Browser(provider), second]]) {
        const copy = copyOf(provider, browser);
        assert.equal(await isSignedIn(provider, of, copy), true);
        const left = await send(provider, sender, { id_token_hint: hint, post_logout_redirect_uri: bye });
        assert.equal(left.location, bye);
        assert.equal(provider === short, Date.now() > expiry);
        assert.equal(await isSignedIn(provider, of, copy), false);
      }
    }
  });
}

test("Logout 1: the ID token within an encrypted one is as good, and one that is encrypted to the client's own key is none", async () => {
  const encryption = { alg: "RSA-OAEP", enc: "A128CBC-HS256" };
  const own = { id_token_encrypted_response_alg: encryption.alg, id_token_encrypted_response_enc: encryption.enc, jwks: await jwksOf([encryption.alg]) };
  const of = await register(op, { ...own, ...leaving() });
  const { browser, hint } = await signedIn(op, of);
  const fields = { client_id: of.client_id, post_logout_redirect_uri: bye };
  assertSays(await endSession(op, browser, { ...fields, id_token_hint: hint }), 400, "id_token_hint");
  assert.equal(await isSignedIn(op, of, browser), true);
  const copy = copyOf(op, browser);
  assert.equal((await endSession(op, browser, { ...fields, id_token_hint: await decrypted(of, hint, encryption) })).location, bye);
  await assertSignedOut(browser, copy);
});

test("Logout 1: to ask again is answered in the same way", async () => {
  const { browser, hint } = await enter();
  const fields = { id_token_hint: hint, post_logout_redirect_uri: bye, state: "s" };
  const answers = [await endSession(op, browser, fields), await endSession(op, browser, fields), await endSession(op, new Browser(op), fields)];
  for (const { location } of answers) assert.equal(location, `${bye}?state=s`);
});

/** What is not redirected: what the request has besides a registered URI and a state, or instead of them, and what the page names. */
const REFUSED = {
  "a hint with alg none": [({ hint }) => ({ id_token_hint: `${encode({ alg: "none" })}.${hint.split(".")[1]}.` }), "id_token_hint"],
  "a hint signed by another key": [async ({ hint }) => ({ id_token_hint: await resigned(hint) }), "id_token_hint"],
  "a hint that was changed": [({ hint }) => ({ id_token_hint: forged(hint, { claims: { sub: "other" } }) }), "id_token_hint"],
  "a hint that is none": [() => ({ id_token_hint: "nonsense" }), "id_token_hint"],
  "a URI that is not registered": [({ hint }) => ({ id_token_hint: hint, post_logout_redirect_uri: rp.url("/elsewhere") }), "post_logout_redirect_uri"],
  "a URI with an added query": [({ hint }) => ({ id_token_hint: hint, post_logout_redirect_uri: `${bye}?foo=bar` }), "post_logout_redirect_uri"],
};

/** The same claims under the same header, signed by a key that is not the provider's. */
async function resigned(token) {
  const { header, claims } = decode(token);
  const { privateKey } = await keyFor(header.alg, "a stranger's");
  return new jose.SignJWT(claims).setProtectedHeader(header).sign(privateKey);
}

for (const [name, [fields, named]] of Object.entries(REFUSED)) {
  test(`Logout 2: ${name} is a page that names ${named}, and no redirect`, async () => {
    const entered = await enter();
    const request = { post_logout_redirect_uri: bye, state: "s", ...(await fields(entered)) };
    const tree = await treeOf(op);
    for (const method of ["GET", "POST"]) {
      for (const browser of [entered.browser, new Browser(op)]) assertSays(await endSession(op, browser, request, { method }), 400, named);
    }
    assert.equal(await treeOf(op), tree, "something has changed");
    assert.equal(await isSignedIn(op, client, entered.browser), true);
  });
}

test("Logout 2: without an id_token_hint there is no redirect but a page that names it, whoever is signed in", async () => {
  for (const more of [{}, { client_id: client.client_id }, { client_id: client.client_id, state: "s", logout_hint: "diana" }]) {
    const { browser } = await enter();
    const copy = copyOf(op, browser);
    const asked = await endSession(op, browser, { post_logout_redirect_uri: bye, ...more });
    assertSays(asked, 200, "id_token_hint");
    assertSays(await decide(browser, asked, "logout-yes"), 200, "signed out");
    await assertSignedOut(browser, copy);
    assertSays(await endSession(op, browser, { post_logout_redirect_uri: bye, ...more }), 200, "signed out");
  }
});

for (const [name, fields] of Object.entries({ "no parameters": {}, "no URI": { client_id: "mine" }, "only a state": { state: STATE } })) {
  test(`Logout 2: ${name}: the person is asked, is signed out, and is told so`, async () => {
    const { browser } = await enter();
    const copy = copyOf(op, browser);
    const request = { ...fields, ...(fields.client_id && { client_id: client.client_id }) };
    for (const method of ["GET", "POST"]) assertAsks(await endSession(op, browser, request, { method }));
    assert.equal(await isSignedIn(op, client, browser), true, "to ask ends nothing");
    assertSays(await decide(browser, await endSession(op, browser, request), "logout-yes"), 200, "signed out");
    await assertSignedOut(browser, copy);
  });
}

test("Logout 2: an ID token and no URI: the person is signed out and told so, and a state leads nowhere", async () => {
  for (const more of [{}, { state: STATE }, { client_id: client.client_id }]) {
    const { browser, hint } = await enter();
    const copy = copyOf(op, browser);
    assertSays(await endSession(op, browser, { id_token_hint: hint, ...more }), 200, "signed out");
    await assertSignedOut(browser, copy);
  }
});

test("Logout 6: initiate_login_uri is kept and echoed", async () => {
  const own = await register(op, { initiate_login_uri: "https://rp.example/login?from=op" });
  assert.equal(own.initiate_login_uri, "https://rp.example/login?from=op");
  const manage = async (options) => {
    const answer = await op.request(own.registration_client_uri.slice(op.issuer.length), { headers: bearer(own.registration_access_token), ...options });
    return (await worked(answer)).initiate_login_uri;
  };
  assert.equal(await manage(), own.initiate_login_uri);
  const { client_id, client_secret } = own;
  const json = { client_id, client_secret, redirect_uris: [CALLBACK], initiate_login_uri: "https://rp.example/other" };
  assert.deepEqual([await manage({ method: "PUT", json }), await manage()], [json.initiate_login_uri, json.initiate_login_uri]);
});

test("Pages: logout confirmation has a button for yes and one for no, and each does what it says", async () => {
  const { browser } = await enter();
  const copy = copyOf(op, browser);
  const asked = await endSession(op, browser);
  assert.match(wordsOf(asked), /diana/);
  for (const id of ["logout-yes", "logout-no"]) assert.equal(asked.root.querySelectorAll(`form[method=post] button#${id}`).length, 1);
  assertSays(await decide(browser, asked, "logout-no"), 200, "still signed in");
  assert.equal(await isSignedIn(op, client, browser), true);
  assertSays(await decide(browser, asked, "logout-yes"), 200, "signed out");
  await assertSignedOut(browser, copy);
});

test("Pages: logout pages are complete without scripts and without anything from elsewhere, in every language", async () => {
  const words = new Map(["asked", "stayed", "left"].map((name) => [name, new Set()]));
  for (const ui_locales of LANGUAGES) {
    const { browser } = await enter();
    const asked = await endSession(op, browser, { ui_locales });
    const stayed = await decide(copyOf(op, browser), asked, "logout-no");
    const left = await decide(browser, asked, "logout-yes");
    for (const [name, page] of Object.entries({ asked, stayed, left })) {
      assertSays(page, 200, "");
      assert.equal(page.root.querySelector("html").getAttribute("lang"), ui_locales);
      assert.ok(page.root.querySelector("title").text.trim());
      assert.match(page.headers["content-security-policy"], /default-src 'none'.*frame-ancestors 'none'/);
      assert.equal(page.root.querySelectorAll("link[rel=stylesheet], img[src^=http], iframe, object, embed").length, 0);
      words.get(name).add(wordsOf(page));
    }
  }
  for (const [name, texts] of words) assert.equal(texts.size, LANGUAGES.length, name);
});
