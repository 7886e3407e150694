// Who is asked to sign in or to consent, and who is not.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Browser } from "../harness/browserless.mjs";
import { createUser, startProvider } from "../harness/provider.mjs";
import { tokensOf } from "../support/back_channel.mjs";
import { EVERY_FLOW, RESPONSE_TYPES, assertRefused, assertShows, finish, granted, modeOf, open, yields } from "../support/front_channel.mjs";
import { decode } from "../support/jwt.mjs";
import { DIANA, register } from "../support/relying_party.mjs";

let op, open_op, client, browser, first;

before(async () => {
  [op, open_op] = await Promise.all([startProvider({ vars: { REGISTRATION_LIMIT: 1000 } }), startProvider({ vars: { SIGN_UP: "open" } })]);
  await Promise.all(["diana", "erik"].map((name) => createUser(op, name, DIANA)));
  client = await register(op, EVERY_FLOW);
  const done = await granted(op, client);
  browser = done.browser;
  first = await claims(done);
});
after(() => Promise.all([op?.stop(), open_op?.stop()]));

/** The claims of the ID token of a `visit`, from wherever it comes. */
async function claims(done, of = client) {
  const token = done.answer.id_token ?? (await tokensOf(op, of, done)).id_token;
  return decode(token).claims;
}
const get = (changes, options = { browser }) => open(op, client, changes, options);
const ownBrowser = async (of = client, person) => {
  const done = await granted(op, of, {}, person);
  return { browser: done.browser, claims: await claims(done, of) };
};

for (const response_type of RESPONSE_TYPES) {
  const mode = modeOf(response_type);
  test(`Authorization endpoint 7: ${response_type} with prompt=none and no session is login_required`, async () => {
    for (const changes of [{}, { max_age: "100" }, { login_hint: "diana" }, { display: "popup" }]) {
      assertRefused(op, await get({ response_type, prompt: "none", ...changes }, {}), "login_required", { mode });
    }
  });

  test(`Authorization endpoint 7: ${response_type} with prompt=none and no consent is consent_required`, async () => {
    const another = await register(op, EVERY_FLOW);
    assertRefused(op, await open(op, another, { response_type, prompt: "none" }, { browser }), "consent_required", { mode });
    assertRefused(op, await get({ response_type, prompt: "none", scope: "openid phone" }), "consent_required", { mode });
  });

  test(`Authorization endpoint 7: ${response_type} with prompt=none, a session and a consent is an immediate success`, async () => {
    const done = await granted(op, client, { response_type, prompt: "none" }, { browser });
    assert.deepEqual(done.shown, []);
    if (yields(response_type).code || yields(response_type).id_token) {
      const { sub, auth_time } = await claims(done);
      assert.deepEqual([sub, auth_time], [first.sub, first.auth_time]);
    }
  });
}

test("Authorization endpoint 7: consent is remembered, for what was allowed and for less", async () => {
  const another = await register(op);
  const done = await granted(op, another, { scope: "openid profile email" }, { browser });
  assert.deepEqual(done.shown, ["consent"]);
  for (const scope of ["openid profile email", "openid email", "openid"]) {
    assert.deepEqual((await granted(op, another, { scope }, { browser })).shown, []);
  }
  assertShows(await open(op, another, { scope: "openid profile email address" }, { browser }), "allow");
  const elsewhere = await granted(op, another, { scope: "openid" });
  assert.deepEqual(elsewhere.shown, ["login"]);
});

test("Authorization endpoint 7: what was denied is asked again", async () => {
  const another = await register(op);
  const denied = await finish(await open(op, another, {}, { browser }), { decision: "deny" });
  assertRefused(op, denied, "access_denied");
  assertRefused(op, await open(op, another, { prompt: "none" }, { browser }), "consent_required");
  assertShows(await open(op, another, {}, { browser }), "allow");
});

test("Authorization endpoint 7: prompt=login shows the login page again, and auth_time is strictly later", async () => {
  const own = await ownBrowser();
  await pause(1100);
  const page = await get({ prompt: "login" }, { browser: own.browser });
  assertShows(page, "login");
  const again = await claims(await finish(page));
  assert.equal(again.sub, own.claims.sub);
  assert.ok(again.auth_time > own.claims.auth_time, `${again.auth_time} > ${own.claims.auth_time}`);
  const silent = await claims(await granted(op, client, { prompt: "none" }, { browser: own.browser }));
  assert.equal(silent.auth_time, again.auth_time);
});

test("Authorization endpoint 7: prompt=consent shows the consent page, without a login", async () => {
  const page = await get({ prompt: "consent" });
  assertShows(page, "allow");
  const done = await finish(page);
  assert.equal((await claims(done)).auth_time, first.auth_time);
});

test("Authorization endpoint 7: prompt=login consent shows both pages", async () => {
  const { browser: own } = await ownBrowser();
  for (const prompt of ["login consent", "consent login"]) {
    const { shown } = await finish(await get({ prompt }, { browser: own }));
    assert.deepEqual(shown, ["login", "consent"]);
  }
});

test("Authorization endpoint 7: prompt=none with anything beside it is invalid_request", async () => {
  for (const prompt of ["none login", "login none", "none consent", "none select_account", "none create", "none none login"]) {
    for (const options of [{}, { browser }]) assertRefused(op, await get({ prompt }, options), "invalid_request", { mode: "query" });
  }
});

test("Authorization endpoint 7: prompt=select_account asks who it is", async () => {
  const { browser: own, claims: diana } = await ownBrowser();
  const page = await get({ prompt: "select_account" }, { browser: own });
  assertShows(page, "login");
  const { sub } = await claims(await finish(page, { username: "erik" }));
  assert.notEqual(sub, diana.sub);
});

test("Authorization endpoint 7: an unknown prompt is invalid_request, an empty one is none at all", async () => {
  for (const prompt of ["foo", "LOGIN", "login foo"]) assertRefused(op, await get({ prompt }), "invalid_request", { mode: "query" });
  assert.deepEqual((await granted(op, client, { prompt: "" }, { browser })).shown, []);
});

test("Authorization endpoint 7: prompt=create is advertised where people may sign up, and shows a form for it", async () => {
  const { prompt_values_supported: prompts } = (await open_op.request("/.well-known/openid-configuration")).json();
  assert.ok(prompts.includes("create"), `${prompts}`);
  const here = await register(open_op);
  const page = await open(open_op, here, { prompt: "create" });
  assert.equal(page.status, 200, page.text);
  assert.ok(!page.root.querySelector("#login"), "that is the login page");
  const account = { username: "newcomer", password: "correct horse battery" };
  let next = await page.browser.submit(page, { form: "form:has(input[type=password])", fields: account });
  if (next.root.querySelector("#allow")) next = await page.browser.submit(next, { button: "allow" });
  const code = new URL(next.location).searchParams.get("code");
  assert.ok(code, `${next.status} ${next.location}`);
  const { id_token } = await tokensOf(open_op, here, { ...page.request, code });
  assert.ok(decode(id_token).claims.sub);
  assert.deepEqual((await granted(open_op, here, { prompt: "login" }, { browser: page.browser, ...account })).shown, ["login"]);
});

test("Authorization endpoint 7: prompt=create where nobody may sign up makes no account", async () => {
  const { prompt_values_supported: prompts } = (await op.request("/.well-known/openid-configuration")).json();
  assert.ok(!prompts.includes("create"), `${prompts}`);
  assertRefused(op, await get({ prompt: "create" }, {}), "invalid_request", { mode: "query" });
});

test("Authorization endpoint 8: max_age=1 two seconds after a login shows the login page, and auth_time is later", async () => {
  const own = await ownBrowser();
  await pause(2000);
  assertRefused(op, await get({ max_age: "1", prompt: "none" }, { browser: own.browser }), "login_required");
  const page = await get({ max_age: "1" }, { browser: own.browser });
  assertShows(page, "login");
  const again = await claims(await finish(page));
  assert.ok(again.auth_time > own.claims.auth_time, `${again.auth_time} > ${own.claims.auth_time}`);
  assert.equal(again.sub, own.claims.sub);
});

test("Authorization endpoint 8: with max_age the ID token has auth_time, by every response type", async () => {
  for (const response_type of RESPONSE_TYPES.filter((type) => type !== "none")) {
    const done = await granted(op, client, { response_type, max_age: "15000" }, { browser });
    const tokens = [done.answer.id_token, done.code && (await tokensOf(op, client, done)).id_token].filter(Boolean);
    for (const token of tokens) assert.equal(decode(token).claims.auth_time, first.auth_time, response_type);
    assert.ok(tokens.length, response_type);
  }
});

test("Authorization endpoint 8: with require_auth_time too, and with default_max_age", async () => {
  for (const metadata of [{ require_auth_time: true }, { default_max_age: 15000 }]) {
    const strict = await register(op, metadata);
    const { auth_time } = await claims(await granted(op, strict, {}, { browser }), strict);
    assert.equal(auth_time, first.auth_time);
  }
  const impatient = await register(op, { default_max_age: 0 });
  assertShows(await open(op, impatient, {}, { browser }), "login");
  const page = await open(op, impatient, { max_age: "15000" }, { browser });
  assertShows(page, "allow");
});

test("Authorization endpoint 8: max_age=15000 and then 10000 give the same auth_time without a login", async () => {
  const times = [];
  for (const max_age of ["15000", "10000"]) {
    const done = await granted(op, client, { max_age }, { browser });
    assert.deepEqual(done.shown, []);
    times.push((await claims(done)).auth_time);
  }
  assert.deepEqual(times, [first.auth_time, first.auth_time]);
});

test("Authorization endpoint 8: max_age=0 always asks, and what is no number is invalid_request", async () => {
  assertShows(await get({ max_age: "0" }), "login");
  for (const max_age of ["-1", "NaN", "1.5", "1e3", "x", "9".repeat(40), " 1", "+1"]) {
    assertRefused(op, await get({ max_age }), "invalid_request", { mode: "query" });
  }
});

test("Authorization endpoint 7: two people in two browsers are two sessions", async () => {
  const [diana, erik] = [await ownBrowser(), await ownBrowser(client, { username: "erik" })];
  for (const { browser: own, claims: known } of [diana, erik]) {
    assert.equal((await claims(await granted(op, client, { prompt: "none" }, { browser: own }))).sub, known.sub);
  }
  assert.notEqual(diana.claims.sub, erik.claims.sub);
  assertRefused(op, await get({ prompt: "none" }, { browser: new Browser(op) }), "login_required");
});
