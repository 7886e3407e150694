// Signing out where somebody means harm: where it leads, and whom it asks.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as jose from "jose";
import { Browser } from "../harness/browserless.mjs";
import { createUser, startProvider } from "../harness/provider.mjs";
import { assertLocal } from "../support/assertions.mjs";
import { keyFor } from "../support/client_keys.mjs";
import { EVERY_FLOW, open } from "../support/front_channel.mjs";
import { decode, encode, forged } from "../support/jwt.mjs";
import { assertAsks, assertSays, decide, endSession, isSignedIn, signedIn, wordsOf } from "../support/logout.mjs";
import { startReceiver } from "../support/receiver.mjs";
import { CALLBACK, DIANA, register, treeOf } from "../support/relying_party.mjs";

const BYE = "https://rp.example/bye";
const OTHERS = "https://other.example/bye";
const LOCAL = "http://127.0.0.1:4000/bye";
const LEAVING = { ...EVERY_FLOW, post_logout_redirect_uris: [BYE, `${BYE}?from=op`, LOCAL] };

let op, elsewhere, rp, client, other;

before(async () => {
  const vars = { REGISTRATION_LIMIT: 1000 };
  [op, elsewhere, rp] = await Promise.all([startProvider({ vars }), startProvider({ vars }), startReceiver()]);
  for (const name of ["diana", "erik"]) await Promise.all([op, elsewhere].map((provider) => createUser(provider, name, DIANA)));
  client = await register(op, LEAVING);
  other = await register(op, { ...LEAVING, post_logout_redirect_uris: [OTHERS] });
});
after(() => Promise.all([op?.stop(), elsewhere?.stop(), rp?.stop()]));

const enter = (options) => signedIn(op, client, options);

/** Whatever is asked meanwhile, the sessions of diana and erik stay as they are, and the browser signed in. */
async function nothingChanges(browser, ask) {
  const trees = () => Promise.all(["diana", "erik"].map((name) => treeOf(op, name)));
  const before = await trees();
  await ask();
  assert.deepEqual(await trees(), before, "something has changed");
  assert.equal(await isSignedIn(op, client, browser), true);
}

/** A request to sign out is refused on a page that names `parameter`, by GET and POST, with the cookie and without. */
async function assertNowhere(browser, fields, parameter) {
  for (const method of ["GET", "POST"]) {
    for (const from of [browser, new Browser(op)]) {
      const page = await endSession(op, from, fields, { method });
      assertLocal(page, parameter);
      assert.equal(page.status, 400, JSON.stringify(fields));
    }
  }
}

const NEAR = [
  `${BYE}/`, "https://rp.example/Bye", "https://rp.example//bye", "https://rp.example/", "https://rp.example", `${BYE}2`, "https://rp.example/by", `${BYE};x`,
  `${BYE}?`, `${BYE}?x=1`, `${BYE}?from=OP`, `${BYE}?from=op&x=1`, `${BYE}?x=1&from=op`, `${BYE}#`, `${BYE}#x`, `${BYE}?from=op#`,
  "https://rp.example:443/bye", "https://rp.example:8443/bye", "http://rp.example/bye", "HTTPS://rp.example/bye", "https://RP.example/bye", "https://rp.example./bye",
  "https://rp.example.evil.test/bye", "https://evil.rp.example/bye", "https://rp.example@evil.test/bye", "https://a@rp.example/bye", "https://evil.test/https://rp.example/bye",
  "https://rp.example/%62ye", "https://rp.example/x/../bye", "https://rp.example/./bye", `${BYE}/..`, `${BYE}%2F..`, `${BYE}%00`, `${BYE}\0`, `${BYE}\\`, "https:\\\\rp.example\\bye",
  ` ${BYE}`, `${BYE} `, `\t${BYE}`, "https://rp.ex\nample/bye", "https:/rp.example/bye", "https:rp.example/bye", "//rp.example/bye", "/bye", "bye", "https://rp\u3002example/bye",
  "javascript:alert(1)", "JavaScript:alert(1)", "java\nscript:alert(1)", "javascript://rp.example/bye", "data:text/html,x", "vbscript:x", "about:blank", "file:///etc/passwd",
  "com.example.app:/bye", "*", "https://*.example/bye", "http://127.0.0.1:4000/Bye", "http://localhost:4000/bye", "http://127.1:4000/bye", "http://127.0.0.1.evil.test:4000/bye",
  CALLBACK, OTHERS,
];

test("Security 29: a post_logout_redirect_uri that is not the registered one, byte for byte, is no redirect", async () => {
  const { browser, hint } = await enter();
  for (const uri of LEAVING.post_logout_redirect_uris) assert.ok(!NEAR.includes(uri));
  await nothingChanges(browser, async () => {
    for (const uri of [...NEAR, [BYE, BYE], [BYE, OTHERS]]) {
      for (const more of [{}, { state: "s" }, { client_id: client.client_id }]) {
        await assertNowhere(browser, { id_token_hint: hint, post_logout_redirect_uri: uri, ...more }, "post_logout_redirect_uri");
      }
      await assertNowhere(browser, { client_id: client.client_id, post_logout_redirect_uri: uri }, "post_logout_redirect_uri");
    }
  });
});

test("Security 29: on loopback as well the port has to be the registered one", async () => {
  const { browser, hint } = await enter();
  await nothingChanges(browser, async () => {
    for (const uri of ["http://127.0.0.1:4001/bye", "http://127.0.0.1/bye", "http://127.0.0.1:04000/bye", "http://a@127.0.0.1:4000/bye"]) {
      await assertNowhere(browser, { id_token_hint: hint, post_logout_redirect_uri: uri }, "post_logout_redirect_uri");
    }
  });
});

test("Security 29: a URI without a client that it is registered for is no redirect, after the question neither", async () => {
  for (const uri of [BYE, ...NEAR]) {
    const { browser } = await enter();
    const asked = await endSession(op, browser, { post_logout_redirect_uri: uri });
    assertAsks(asked);
    assert.ok(!asked.root.querySelector("form").outerHTML.includes(uri));
    assertSays(await decide(browser, asked, "logout-yes"), 200, "signed out");
    assertSays(await endSession(op, browser, { post_logout_redirect_uri: uri }), 200, "signed out");
  }
});

test("Security 29: the hint of another client leads to that client's URIs and to no others", async () => {
  const { browser, hint } = await signedIn(op, other);
  await nothingChanges(browser, () => assertNowhere(browser, { id_token_hint: hint, post_logout_redirect_uri: BYE }, "post_logout_redirect_uri"));
  assert.equal((await endSession(op, browser, { id_token_hint: hint, post_logout_redirect_uri: OTHERS })).location, OTHERS);
});

test("Security 29: a hint that is forged is 400", async () => {
  const { browser, hint, done, tokens } = await enter({ response_type: "code id_token token" });
  const his = await enter({ username: "erik" });
  const { header, claims } = decode(hint);
  const { privateKey, jwk } = await keyFor("RS256", "a forger's");
  const signedBy = (key, more) => new jose.SignJWT(claims).setProtectedHeader({ ...header, ...more }).sign(key);
  const { keys } = (await op.request("/jwks")).json();
  const published = keys.find(({ kid }) => kid === header.kid);
  const pem = await jose.exportSPKI(await jose.importJWK(published, "RS256"));
  const bytes = (text) => new TextEncoder().encode(text);
  const hints = {
    "of another subject": forged(hint, { claims: { sub: decode(his.hint).claims.sub } }),
    "of another session": forged(hint, { claims: { sid: decode(his.hint).claims.sid } }),
    "for another client": forged(hint, { claims: { aud: other.client_id } }),
    "with the signature of another": forged(hint, { signature: his.hint.split(".")[2] }),
    "with an empty signature": forged(hint, { signature: "" }),
    "by another key under our kid": await signedBy(privateKey),
    "by another key that it brings along": await signedBy(privateKey, { jwk, kid: undefined }),
    "by another key at an address": await signedBy(privateKey, { jku: rp.url("/jwks"), kid: "theirs" }),
    "by HMAC with our public key as PEM": await signedBy(bytes(pem), { alg: "HS256" }),
    "by HMAC with our public key as JSON": await signedBy(bytes(JSON.stringify(published)), { alg: "HS256" }),
    "by HMAC with another client's secret": await signedBy(bytes(other.client_secret), { alg: "HS256" }),
    "that is an access token": tokens.access_token,
    "that is an access token of the front channel": done.answer.access_token,
    "that is a code": done.code,
    "that is garbage": "a.b.c",
    "that is two": [hint, hint],
  };
  await nothingChanges(browser, async () => {
    for (const id_token_hint of Object.values(hints)) {
      for (const more of [{}, { post_logout_redirect_uri: BYE }]) await assertNowhere(browser, { id_token_hint, ...more }, "id_token_hint");
    }
  });
  assert.equal(rp.came("/jwks").length, 0, "a key was fetched from where a token says");
});

test("Security 29: a hint of alg none is 400, however it is written, and for a client whose ID tokens are unsigned", async () => {
  const { browser, hint } = await enter();
  const unsigned = await register(op, { id_token_signed_response_alg: "none", post_logout_redirect_uris: [BYE] });
  const its = await signedIn(op, unsigned, { browser });
  const [header, claims, signature] = hint.split(".");
  await nothingChanges(browser, async () => {
    for (const alg of ["none", "None", "NONE", "nOnE", "", null]) {
      for (const last of ["", signature]) {
        for (const head of [{ alg }, { ...decode(hint).header, alg }]) {
          await assertNowhere(browser, { id_token_hint: `${encode(head)}.${claims}.${last}`, post_logout_redirect_uri: BYE }, "id_token_hint");
        }
      }
    }
    await assertNowhere(browser, { id_token_hint: its.hint, post_logout_redirect_uri: BYE }, "id_token_hint");
    await assertNowhere(browser, { id_token_hint: `${header}.${claims}`, post_logout_redirect_uri: BYE }, "id_token_hint");
  });
});

test("Security 29: a hint of a foreign issuer is 400", async () => {
  const { browser, hint } = await enter();
  const there = await signedIn(elsewhere, await register(elsewhere, LEAVING));
  await nothingChanges(browser, async () => {
    for (const id_token_hint of [there.hint, forged(hint, { claims: { iss: elsewhere.issuer } }), forged(there.hint, { claims: decode(hint).claims })]) {
      for (const more of [{}, { client_id: client.client_id }]) {
        await assertNowhere(browser, { id_token_hint, post_logout_redirect_uri: BYE, ...more }, "id_token_hint");
      }
    }
  });
});

test("Security 29: a client_id other than aud is 400", async () => {
  const { browser, hint } = await enter();
  await nothingChanges(browser, async () => {
    for (const client_id of [other.client_id, "unknown", client.client_id.toUpperCase(), `${client.client_id} `, [client.client_id, other.client_id]]) {
      for (const more of [{}, { post_logout_redirect_uri: BYE }, { post_logout_redirect_uri: OTHERS }]) {
        await assertNowhere(browser, { id_token_hint: hint, client_id, ...more }, "client_id");
      }
    }
  });
});

test("Security 29: without a hint the person is asked", async () => {
  const { browser } = await enter();
  await nothingChanges(browser, async () => {
    for (const fields of [{}, { client_id: client.client_id }, { logout_hint: "diana" }, { client_id: client.client_id, post_logout_redirect_uri: BYE, state: "s" }]) {
      for (const method of ["GET", "POST"]) {
        const page = await endSession(op, browser, fields, { method });
        assertAsks(page);
        assert.match(wordsOf(page), /diana/);
      }
    }
  });
});

test("Security 29: with the hint of another user the person is asked, and who says no ends nothing", async () => {
  for (const of of [client, await register(op), await register(op, { subject_type: "pairwise" })]) {
    const [hers, his] = [await enter(), await signedIn(op, of, { username: "erik" })];
    await nothingChanges(hers.browser, async () => {
      const fields = { id_token_hint: his.hint, ...(of === client && { post_logout_redirect_uri: BYE }) };
      const page = await endSession(op, hers.browser, fields);
      assertAsks(page);
      assert.match(wordsOf(page), /diana/);
      assert.doesNotMatch(wordsOf(page), /erik/);
      assertSays(await decide(hers.browser, page, "logout-no"), 200, "still signed in");
    });
    assert.equal(await isSignedIn(op, of, his.browser), true);
    // An old hint of hers after a switch of users is somebody else's as well.
    const switched = await enter({ browser: hers.browser, username: "erik", prompt: "login" });
    assertAsks(await endSession(op, switched.browser, { id_token_hint: hers.hint, post_logout_redirect_uri: BYE }));
  }
});

const form = (page) => page.root.querySelector("form:has(#logout-yes)");
const tokenOf = (page, selector = "form") => page.root.querySelector(`${selector} input[name=interaction]`).getAttribute("value");

test("Security 29: confirmation without its token is 400, with a foreign or a changed one 400 or 403, and nothing changes", async () => {
  const { browser } = await enter();
  const page = await endSession(op, browser);
  const own = tokenOf(page);
  const his = await enter({ username: "erik" });
  const there = await signedIn(elsewhere, await register(elsewhere, LEAVING));
  const changed = [0, 1, 10, own.length >> 1, own.length - 2].map((at) => own.slice(0, at) + (own[at] === "A" ? "B" : "A") + own.slice(at + 1));
  const cookies = browser.cookies.for(new URL(op.issuer)).map(({ value }) => value);
  const foreign = {
    "of another person's page": tokenOf(await endSession(op, his.browser)),
    "of another provider's page": tokenOf(await endSession(elsewhere, there.browser)),
    "of the sign-in page": tokenOf(await open(op, client, { prompt: "login" }, { browser }), "form:has(#login)"),
    "of the consent page": tokenOf(await open(op, client, { prompt: "consent" }, { browser })),
  };
  const send = (fields, headers) => {
    const cookie = browser.cookies.for(new URL(op.issuer)).map(({ name, value }) => `${name}=${value}`).join("; ");
    return op.request(form(page).getAttribute("action"), { form: { decision: "sign_out", ...fields }, headers: { cookie, ...headers } });
  };
  await nothingChanges(browser, async () => {
    for (const fields of [{}, { interaction: "" }]) assert.equal((await send(fields)).status, 400);
    for (const interaction of [...Object.values(foreign), ...changed, ...cookies, own.slice(0, -1), `${own}A`, own.toUpperCase(), "x"]) {
      const answer = await send({ interaction });
      assertLocal(answer);
      assert.ok([400, 403].includes(answer.status), `${answer.status}`);
    }
    for (const fields of [[["interaction", own], ["interaction", own]], [["interaction", own], ["decision", "sign_out"]]]) {
      const both = await op.request(form(page).getAttribute("action"), { form: [["decision", "sign_out"], ...fields] });
      assert.equal(both.status, 400, "a field stands twice");
    }
    for (const headers of [{ origin: "https://evil.test" }, { "sec-fetch-site": "cross-site" }, { "sec-fetch-site": "same-site" }]) {
      assert.equal((await send({ interaction: own }, headers)).status, 403);
    }
    for (const decision of ["", "yes", "SIGN_OUT"]) assert.equal((await send({ interaction: own, decision })).status, 400);
    assert.equal((await op.request(`${form(page).getAttribute("action")}?interaction=${own}&decision=sign_out`)).status, 405);
  });
  assertSays(await decide(browser, page, "logout-yes"), 200, "signed out");
});

test("Security 29: a confirmation does not end the login of somebody who has signed in since", async () => {
  const { browser } = await enter();
  const page = await endSession(op, browser);
  await enter({ browser, username: "erik", prompt: "login" });
  await nothingChanges(browser, async () => assert.equal((await decide(browser, page, "logout-yes")).status, 403));
});
