// Hints about the person, the page and the strength of the sign-in.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Browser } from "../harness/browserless.mjs";
import { createUser, startProvider } from "../harness/provider.mjs";
import { tokensOf } from "../support/back_channel.mjs";
import { EVERY_FLOW, RESPONSE_TYPES, assertRefused, assertShows, finish, granted, modeOf, open, yields } from "../support/front_channel.mjs";
import { decode, encode, forged } from "../support/jwt.mjs";
import { DIANA, register } from "../support/relying_party.mjs";

const PASSWORD_ACR = "urn:oasis:names:tc:SAML:2.0:ac:classes:InternetProtocolPassword";

let op, other, client, browser, hint, erik;

before(async () => {
  op = await startProvider({ vars: { REGISTRATION_LIMIT: 1000 } });
  await Promise.all(["diana", "erik"].map((name) => createUser(op, name, DIANA)));
  client = await register(op, EVERY_FLOW);
  const done = await granted(op, client);
  browser = done.browser;
  hint = (await tokensOf(op, client, done)).id_token;
  const his = await granted(op, client, {}, { username: "erik" });
  erik = { browser: his.browser, hint: (await tokensOf(op, client, his)).id_token };
});
after(() => Promise.all([op?.stop(), other?.stop()]));

const get = (changes, options = { browser }) => open(op, client, changes, options);
async function claims(done) {
  return decode(done.answer.id_token ?? (await tokensOf(op, client, done)).id_token).claims;
}
const subOf = (token) => decode(token).claims.sub;

for (const response_type of RESPONSE_TYPES) {
  test(`Authorization endpoint 9: ${response_type} with prompt=none and a hint at the same user is a success`, async () => {
    const done = await granted(op, client, { response_type, prompt: "none", id_token_hint: hint }, { browser });
    if (yields(response_type).code || yields(response_type).id_token) assert.equal((await claims(done)).sub, subOf(hint));
  });

  test(`Authorization endpoint 9: ${response_type} with prompt=none and a hint at another user is login_required`, async () => {
    for (const [own, id_token_hint] of [[browser, erik.hint], [erik.browser, hint], [new Browser(op), hint]]) {
      const page = await get({ response_type, prompt: "none", id_token_hint }, { browser: own });
      assertRefused(op, page, "login_required", { mode: modeOf(response_type) });
    }
  });
}

test("Authorization endpoint 9: a hint at another user asks to sign in, and a sign-in as somebody else is login_required", async () => {
  for (const changes of [{ id_token_hint: hint }, { claims: JSON.stringify({ id_token: { sub: { value: subOf(hint) } } }) }]) {
    const own = (await granted(op, client, {}, { username: "erik" })).browser;
    const page = await get(changes, { browser: own });
    assertShows(page, "login");
    assertRefused(op, await finish(page, { username: "erik" }), "login_required");
    const right = await finish(await get(changes, { browser: new Browser(op) }), { username: "diana" });
    assert.equal((await claims(right)).sub, subOf(hint));
  }
});

test("Authorization endpoint 9: a hint whose lifetime is over still tells who it was", async () => {
  other = await startProvider({ vars: { ID_TOKEN_LIFETIME: 1 } });
  await createUser(other, "diana", DIANA);
  const there = await register(other);
  const done = await granted(other, there);
  const { id_token } = await tokensOf(other, there, done);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  assert.ok((await granted(other, there, { prompt: "none", id_token_hint: id_token }, { browser: done.browser })).code);
});

test("Authorization endpoint 9: a hint that the provider did not make is an error, and never yields its user's tokens", async () => {
  const [header, payload] = hint.split(".");
  const hints = {
    forged: forged(hint, { claims: { sub: subOf(erik.hint) } }),
    "without a signature": `${encode({ alg: "none" })}.${payload}.`,
    "by another key": `${header}.${payload}.${Buffer.alloc(256, 1).toString("base64url")}`,
    "of another issuer": forged(hint, { claims: { iss: "https://evil.example" } }),
    garbage: "garbage",
    "three dots": "...",
    "an access token": (await tokensOf(op, client, await granted(op, client, {}, { browser }))).access_token,
  };
  for (const [name, id_token_hint] of Object.entries(hints)) {
    for (const changes of [{}, { prompt: "none" }]) {
      const page = await get({ id_token_hint, ...changes });
      const answer = Object.fromEntries(new URL(page.location ?? assert.fail(`${name}: a page`)).searchParams);
      assert.ok(["invalid_request", "login_required"].includes(answer.error), `${name}: ${JSON.stringify(answer)}`);
      assertRefused(op, page, answer.error);
    }
  }
});

const OWN_TOKENS = {
  "signed by the client's secret": { id_token_signed_response_alg: "HS256" },
  "encrypted by the client's secret": { id_token_encrypted_response_alg: "dir", id_token_encrypted_response_enc: "A128CBC-HS256" },
  "of another algorithm": { id_token_signed_response_alg: "EdDSA" },
};

for (const [name, metadata] of Object.entries(OWN_TOKENS)) {
  test(`Authorization endpoint 9: an ID token ${name} is taken back as a hint`, async () => {
    const own = await register(op, metadata);
    const { id_token } = await tokensOf(op, own, await granted(op, own, {}, { browser }));
    assert.ok((await granted(op, own, { prompt: "none", id_token_hint: id_token }, { browser })).code);
    const page = await open(op, own, { prompt: "none", id_token_hint: id_token }, { browser: erik.browser });
    assertRefused(op, page, "login_required");
  });
}

const NEVER_FAIL = {
  display: ["page", "popup", "touch", "wap", "foo", "å"],
  ui_locales: ["se", "sv", "en-US", "fr-CA fr en", "xx", "tlh-Klingon", "sv_SE", "1 2 3", "å"],
  claims_locales: ["se", "sv", "ja-Hani-JP en", "xx", "å"],
  login_hint: ["diana", "bob@example.com", "acct:diana@localhost", "å", "<script>", "x".repeat(500)],
  acr_values: ["1 2", PASSWORD_ACR, `${PASSWORD_ACR} 1`, "urn:mace:incommon:iap:silver", "å"],
};

for (const [name, values] of Object.entries(NEVER_FAIL)) {
  test(`Authorization endpoint 9: ${name} never fails a request`, async () => {
    for (const value of values) {
      for (const response_type of ["code", "id_token token"]) {
        const { shown, answer } = await granted(op, client, { [name]: value, response_type }, { browser });
        assert.deepEqual([shown, answer.error], [[], undefined], value);
      }
      assertShows(await get({ [name]: value }, {}), "login");
      assert.equal((await granted(op, client, { [name]: value, prompt: "none" }, { browser })).answer.error, undefined);
    }
  });
}

test("Authorization endpoint 9: login_hint fills in the user name", async () => {
  for (const login_hint of ["diana", "diana@example.com", `"><script>alert(1)</script>`, "å"]) {
    const page = await get({ login_hint }, {});
    assert.equal(page.root.querySelector("#username").getAttribute("value"), login_hint);
  }
  const again = await get({ login_hint: "erik", prompt: "login" });
  assert.equal(again.root.querySelector("#username").getAttribute("value"), "erik");
});

test("Authorization endpoint 9: the ID token carries an acr out of the list", async () => {
  const { acr_values_supported: supported } = (await op.request("/.well-known/openid-configuration")).json();
  assert.ok(supported.includes(PASSWORD_ACR), `${supported}`);
  for (const acr_values of [PASSWORD_ACR, `1 ${PASSWORD_ACR}`, "1 2"]) {
    for (const response_type of ["code", "id_token", "code id_token"]) {
      const { acr } = await claims(await granted(op, client, { acr_values, response_type }, { browser }));
      assert.ok(supported.includes(acr), `${acr}`);
    }
  }
});

test("Authorization endpoint 9: an acr that is essential and unknown is unmet_authentication_requirements", async () => {
  for (const request of [{ essential: true, value: "urn:mace:incommon:iap:gold" }, { essential: true, values: ["1", "2"] }]) {
    const wanted = JSON.stringify({ id_token: { acr: request } });
    for (const changes of [{}, { prompt: "none" }]) {
      assertRefused(op, await finish(await get({ claims: wanted, ...changes })), "unmet_authentication_requirements");
    }
    const done = await finish(await get({ claims: wanted, response_type: "id_token" }));
    assertRefused(op, done, "unmet_authentication_requirements", { mode: "fragment" });
  }
  for (const request of [{ essential: true, values: ["1", PASSWORD_ACR] }, { essential: true }, { value: "1" }, { values: ["1", "2"] }, null]) {
    const done = await granted(op, client, { claims: JSON.stringify({ id_token: { acr: request } }) }, { browser });
    assert.equal((await claims(done)).acr, PASSWORD_ACR);
  }
});
