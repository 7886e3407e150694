// Which authorization requests are taken, and what the wrong ones are told and where.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createUser, startProvider } from "../harness/provider.mjs";
import { assertLocal } from "../support/assertions.mjs";
import { tokensOf } from "../support/back_channel.mjs";
import { EVERY_FLOW, RESPONSE_TYPES, assertRefused, assertShows, granted, modeOf, needsNonce, open, visit } from "../support/front_channel.mjs";
import { decode } from "../support/jwt.mjs";
import { CALLBACK, DIANA, WITHOUT_PKCE, authorizationRequest, random, register } from "../support/relying_party.mjs";

const QUERIED = "https://rp.example/queried?foo=bar&baz=%C3%A5";

let op, client, browser;

before(async () => {
  op = await startProvider({ vars: { REGISTRATION_LIMIT: 1000 } });
  await createUser(op, "diana", DIANA);
  client = await register(op, { ...EVERY_FLOW, redirect_uris: [CALLBACK, QUERIED] });
  ({ browser } = await granted(op, client, { scope: "openid profile email" }));
});
after(() => op?.stop());

const get = (changes, options) => open(op, client, changes, { browser, ...options });

for (const method of ["GET", "POST"]) {
  for (const response_type of RESPONSE_TYPES) {
    test(`Authorization endpoint 1: ${method} with response_type ${response_type}`, async () => {
      const done = await granted(op, client, { response_type }, { browser, method });
      assert.equal(done.mode, modeOf(response_type));
      assert.equal(done.answer.state, done.fields.state);
    });
  }
}

test("Authorization endpoint 1: by POST somebody signs in from the start", async () => {
  const done = await granted(op, client, { scope: "openid profile email" }, { method: "POST" });
  assert.ok(done.shown.includes("login"));
  await tokensOf(op, client, done);
});

test("Authorization endpoint 1: unknown parameters are ignored", async () => {
  for (const extra of [{ extra: "foobar" }, { foo: "" }, { "a b": "å", __proto__x: "y" }, { claims_: "{}", requests: "x" }]) {
    assert.ok((await granted(op, client, extra, { browser })).code);
  }
});

test("Authorization endpoint 1: the order of scopes and parameters does not matter", async () => {
  for (const scope of ["openid profile email", "email openid profile", "profile email openid"]) {
    const { shown } = await granted(op, client, { scope }, { browser });
    assert.deepEqual(shown, []);
  }
  const { pairs } = authorizationRequest(client, WITHOUT_PKCE);
  for (const ordered of [pairs, [...pairs].reverse(), [...pairs].sort()]) {
    const page = await browser.get(`${op.issuer}/authorization?${new URLSearchParams(ordered)}`);
    assert.ok(new URL(page.location).searchParams.get("code"));
  }
  for (const response_type of RESPONSE_TYPES.filter((type) => type.includes(" "))) {
    const turned = response_type.split(" ").reverse().join(" ");
    const { answer } = await granted(op, client, { response_type: turned }, { browser });
    assert.deepEqual(["code", "id_token", "access_token"].filter((name) => answer[name]),
      ["code", "id_token", "access_token"].filter((name) => response_type.replace(/\btoken$/, "access_token").split(" ").includes(name)));
  }
});

const WRONG_REDIRECTS = {
  missing: undefined,
  empty: "",
  unregistered: "https://rp.example/other",
  "with an added query": `${CALLBACK}?foo=bar`,
  "with an empty query": `${CALLBACK}?`,
  "with more in its query": `${QUERIED}&more=1`,
  "with a changed query": QUERIED.replace("bar", "rab"),
  "without its query": QUERIED.split("?")[0],
  "with a query in another order": "https://rp.example/queried?baz=%C3%A5&foo=bar",
  "with a trailing slash": `${CALLBACK}/`,
  "with a fragment": `${CALLBACK}#x`,
  "at another host": "https://evil.example/callback",
  "with the port": "https://rp.example:443/callback",
};

for (const [name, redirect_uri] of Object.entries(WRONG_REDIRECTS)) {
  test(`Authorization endpoint 5: a redirect URI ${name} is a page that names it, never a redirect`, async () => {
    for (const method of ["GET", "POST"]) assertLocal(await get({ redirect_uri }, { method }), "redirect_uri");
    for (const response_type of RESPONSE_TYPES) {
      for (const response_mode of [undefined, "form_post"]) assertLocal(await get({ redirect_uri, response_type, response_mode }), "redirect_uri");
    }
    for (const other of [{ prompt: "none" }, { response_type: undefined }, { scope: "\u0001" }, { max_age: "x" }]) {
      assertLocal(await get({ redirect_uri, ...other }), "redirect_uri");
    }
  });
}

for (const response_type of RESPONSE_TYPES) {
  test(`Authorization endpoint 5: a registered query is kept, with response_type ${response_type}`, async () => {
    const { page, answer } = await granted(op, client, { response_type, redirect_uri: QUERIED }, { browser });
    assert.ok(page.location.startsWith(QUERIED), page.location);
    assert.equal(answer.iss, op.issuer);
    const refused = await get({ response_type, redirect_uri: QUERIED, prompt: "none login" });
    assertRefused(op, refused, "invalid_request", { mode: modeOf(response_type) });
    assert.ok(refused.location.startsWith(QUERIED), refused.location);
  });
}

test("Authorization endpoint 5: one of several has to be named, and the code belongs to the one that was", async () => {
  const done = await granted(op, client, { redirect_uri: QUERIED }, { browser });
  await tokensOf(op, client, done);
});

test("Authorization endpoint 5: a client that is missing or unknown is a page, never a redirect", async () => {
  for (const client_id of [undefined, "", "unknown", random()]) assertLocal(await get({ client_id }), "client_id");
});

test("Authorization endpoint 6: a missing response_type is invalid_request in the query", async () => {
  for (const response_type of [undefined, ""]) assertRefused(op, await get({ response_type }), "invalid_request", { mode: "query" });
});

test("Authorization endpoint 6: an unknown response_type is unsupported_response_type, one not registered unauthorized_client", async () => {
  for (const response_type of ["foo", "code foo", "code none", "token token", "code code", "CODE"]) {
    const { error } = Object.fromEntries(new URL((await get({ response_type })).location.replace("#", "?")).searchParams);
    assert.equal(error, "unsupported_response_type", response_type);
  }
  const modest = await register(op);
  for (const response_type of RESPONSE_TYPES.filter((type) => type !== "code")) {
    assertRefused(op, await open(op, modest, { response_type }), "unauthorized_client", { mode: modeOf(response_type) });
  }
});

for (const response_type of RESPONSE_TYPES) {
  const outcome = needsNonce(response_type) ? "is invalid_request" : "is fine";
  test(`Authorization endpoint 6: ${response_type} without a nonce ${outcome}`, async () => {
    for (const nonce of [undefined, ""]) {
      const page = await get({ response_type, nonce });
      if (needsNonce(response_type)) {
        assertRefused(op, page, "invalid_request", { mode: "fragment" });
        continue;
      }
      const done = await granted(op, client, { response_type, nonce }, { browser });
      if (done.code) assert.ok(!("nonce" in decode((await tokensOf(op, client, done)).id_token).claims));
    }
  });
}

test("Authorization endpoint 6: without openid there is no ID token, and an id_token is not given", async () => {
  const done = await granted(op, client, { scope: "profile", nonce: undefined }, { browser });
  assert.ok(!("id_token" in (await tokensOf(op, client, done))));
  for (const response_type of RESPONSE_TYPES.filter((type) => needsNonce(type))) {
    const { answer } = await visit(op, client, { response_type, scope: "profile" }, { browser });
    assert.ok(answer.error && !answer.id_token, `${response_type}: ${JSON.stringify(answer)}`);
  }
});

test("Authorization endpoint 6: what is wrong is told before anybody signs in", async () => {
  for (const response_type of RESPONSE_TYPES) {
    const wrong = needsNonce(response_type) ? { nonce: undefined } : { max_age: "-1" };
    const page = await open(op, client, { response_type, ...wrong });
    assertRefused(op, page, "invalid_request", { mode: modeOf(response_type) });
  }
  assertShows(await open(op, client), "login");
});
