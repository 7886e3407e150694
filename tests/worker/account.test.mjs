// The account page on workerd, in a browser without scripts: what a person ends there is over at the next request, everywhere.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { refreshed } from "./support/back_channel.mjs";
import { assertLocal } from "./support/assertions.mjs";
import { Browser } from "./harness/browserless.mjs";
import { createUser, startProvider } from "./harness/provider.mjs";
import { DIANA, OFFLINE, PASSWORD, admin, authorizationRequest, flow, register, signIn, tokens, userinfo } from "./support/relying_party.mjs";

const FIREFOX = { "user-agent": "Mozilla/5.0 (Windows NT 10.0; rv:145.0) Gecko/20100101 Firefox/145.0", "cf-ipcountry": "SE" };
const NEW = "another horse battery staple";
const ENDS = "form:has(button[name=sign_out])";
const WITHDRAWS = "form:has(button[name=withdraw])";
const CHANGES = "form:has(#change)";

let op, shop, other;
let people = 0;

before(async () => {
  op = await startProvider();
  shop = await register(op, { client_uri: "https://rp.example/about" });
  other = await register(op, { client_name: `</bdi><script>alert(1)</script>"'` });
});
after(() => op?.stop());

/** An account that no other test uses. */
async function account() {
  const username = `person-${people++}`;
  await createUser(op, username, DIANA);
  return username;
}

const open = (browser, query = "") => browser.get(`${op.issuer}/account${query}`);

/** A browser that has signed in on the account page: { browser, page }. */
async function device(username, password = PASSWORD, headers = {}) {
  const browser = new Browser(op);
  const login = await open(browser);
  const redirect = await browser.submit(login, { form: "form:has(#login)", fields: { username, password }, headers });
  assert.deepEqual([redirect.status, redirect.location], [303, "/account"], redirect.text);
  const page = await browser.follow(redirect);
  assert.equal(page.root.querySelector("h1").text, "Your account");
  return { browser, page };
}

const values = (page, name) => page.root.querySelectorAll(`button[name=${name}]`).map((button) => button.getAttribute("value"));
const said = (page, list) => page.root.querySelectorAll(`section[aria-labelledby=${list}] .nodes > li > div`).map(({ text }) => text.replace(/\s+/g, " ").trim());
const statusOf = (page) => page.root.querySelector("[role=status]")?.text;
const isSignIn = (page) => page.status === 200 && Boolean(page.root.querySelector("#login"));
const works = async ({ access_token }) => (await userinfo(op, access_token)).status === 200;
const silently = async (browser, client = shop) => {
  const { location } = await browser.get(op.issuer + authorizationRequest(client, { prompt: "none" }).path);
  const answer = new URL(location).searchParams;
  return answer.has("code") ? "code" : answer.get("error");
};

/** Presses a button, and goes where that leads. */
async function press(browser, page, form, button) {
  const redirect = await browser.submit(page, { form, button });
  assert.equal(redirect.status, 303, redirect.text);
  return browser.follow(redirect);
}

describe("two devices", () => {
  test("one is signed out: its tokens die, and the other's live", async () => {
    const username = await account();
    const one = await device(username, PASSWORD, FIREFOX);
    const two = await device(username);
    const [first, second] = [await flow(op, shop, one), await flow(op, shop, two)];
    const bought = [await tokens(op, shop, first), await tokens(op, shop, second)];
    assert.deepEqual(await Promise.all(bought.map(works)), [true, true]);
    const page = await open(two.browser);
    const listed = said(page, "devices");
    assert.equal(listed.length, 2);
    assert.match(listed[0], /^Unknown browser This device Signed in \d{4}-\d\d-\d\d \d\d:\d\d UTC$/);
    assert.match(listed[1], /^Firefox, Windows Signed in \d{4}-\d\d-\d\d \d\d:\d\d UTC · SE$/);
    const time = new Date(page.root.querySelector("time").getAttribute("datetime"));
    assert.ok(Math.abs(Date.now() - time) < 60_000, time);
    const ended = await press(two.browser, page, ENDS, values(page, "sign_out")[1]);
    assert.equal(statusOf(ended), "The device is signed out.");
    assert.deepEqual(await Promise.all(bought.map(works)), [false, true]);
    assert.deepEqual([await silently(one.browser), await silently(two.browser)], ["login_required", "code"]);
    assert.ok(isSignIn(await open(one.browser)));
    const { logins } = (await admin(op, `/admin/sessions/${username}/logins`)).json();
    const kept = logins.map(({ revoked, device, place }) => [device, place, revoked]).sort();
    assert.deepEqual(kept, [["", "", false], ["Firefox, Windows", "SE", true]]);
  });

  test("this one is signed out: the cookie is gone, and the other stays", async () => {
    const username = await account();
    const [one, two] = [await device(username), await device(username)];
    const page = await open(one.browser);
    const ended = await one.browser.submit(page, { form: ENDS, button: values(page, "sign_out")[0] });
    assert.equal(ended.root.querySelector("h1").text, "You are signed out");
    const left = one.browser.cookies.for(new URL(op.issuer)).map(({ name }) => name);
    assert.deepEqual(left, ["treeline-browser"]);
    assert.equal(said(await open(two.browser), "devices").length, 1);
    // Back, and the same button once more.
    assertLocal(await one.browser.submit(page, { form: ENDS, button: "yes" }));
    assert.equal(said(await open(two.browser), "devices").length, 1);
  });

  test("all are signed out, and what was granted for longer ends", async () => {
    const username = await account();
    const [one, two] = [await device(username), await device(username)];
    const bought = await tokens(op, shop, await flow(op, shop, { ...one, ...OFFLINE }));
    const ended = await two.browser.submit(await open(two.browser), { form: ENDS, button: "Sign out everywhere" });
    assert.equal(ended.root.querySelector("h1").text, "You are signed out");
    assert.equal(await works(bought), false);
    assert.equal((await refreshed(op, shop, bought.refresh_token)).status, 400);
    for (const { browser } of [one, two]) assert.equal(await silently(browser), "login_required");
    const anew = await device(username);
    assert.deepEqual([await silently(anew.browser), said(anew.page, "devices").length], ["code", 1]);
  });
});

describe("applications", () => {
  test("one loses its access, and has to ask again; the other keeps it", async () => {
    const username = await account();
    const { browser, page } = await device(username);
    assert.match(page.root.querySelector("section[aria-labelledby=applications]").text, /No application has access/);
    const lost = await tokens(op, shop, await flow(op, shop, { browser, ...OFFLINE }));
    const kept = await tokens(op, other, await flow(op, other, { browser, scope: "openid email" }));
    await op.resetCounts();
    const both = await open(browser);
    const { kv, objects } = await op.counts();
    assert.deepEqual([kv.get, kv.bulk, kv.put, objects.USERS], [0, 1, 0, 1]);
    const [alpine, hostile] = said(both, "applications").sort().reverse().sort((text) => (text.startsWith("Alpine") ? -1 : 1));
    assert.match(alpine, /^Alpine Supply It can Know who you are.*Access since .* UTC\. Last used .* UTC\. Goes on after you have signed out\.$/);
    assert.match(hostile, /^.*script.* It can Know who you are.*See your email address.*Ends when you sign out\.$/);
    assert.doesNotMatch(both.text, /<script/);
    assert.equal(both.root.querySelector("h3 a").getAttribute("href"), "https://rp.example/about");
    const ended = await press(browser, both, WITHDRAWS, shop.client_id);
    assert.equal(statusOf(ended), "The application has no access any more.");
    assert.deepEqual(values(ended, "withdraw"), [other.client_id]);
    assert.deepEqual([await works(lost), await works(kept)], [false, true]);
    assert.equal((await refreshed(op, shop, lost.refresh_token)).status, 400);
    assert.deepEqual([await silently(browser), await silently(browser, other)], ["consent_required", "code"]);
    // The page that is still open does the same once more.
    assert.equal((await press(browser, both, WITHDRAWS, shop.client_id)).status, 200);
  });
});

describe("the password", () => {
  test("it is changed, and every other device is signed out", async () => {
    const username = await account();
    const [one, two] = [await device(username), await device(username)];
    const fields = { current_password: PASSWORD, new_password: NEW };
    const redirect = await one.browser.submit(one.page, { form: CHANGES, fields });
    assert.equal(redirect.location, "/account?done=password");
    const page = await one.browser.follow(redirect);
    assert.deepEqual([statusOf(page), said(page, "devices").length], ["Your password has been changed.", 1]);
    assert.ok(isSignIn(await open(two.browser)));
    const stranger = new Browser(op);
    const login = await open(stranger);
    assert.equal((await signIn(stranger, login, { username })).status, 400);
    await device(username, NEW);
  });

  test("without the tick the others stay; wrong and too often is told", async () => {
    const username = await account();
    const [one, two] = [await device(username), await device(username)];
    const change = (fields) => one.browser.submit(one.page, { form: CHANGES, fields });
    const again = await change({ current_password: "wrong", new_password: NEW });
    assert.equal(again.status, 400);
    assert.equal(again.root.querySelector("[role=alert]").text, "The current password is wrong.");
    assert.equal((await change({ current_password: PASSWORD, new_password: "short" })).status, 400);
    assert.equal((await change({ current_password: PASSWORD, new_password: NEW, sign_out_others: false })).status, 303);
    assert.equal(said(await open(two.browser), "devices").length, 2);
    const answers = await Promise.all(Array.from({ length: 12 }, () => change({ current_password: "wrong", new_password: PASSWORD })));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([400, 429]));
    const refused = await change({ current_password: NEW, new_password: PASSWORD });
    assert.equal(refused.status, 429);
    assert.match(refused.headers["retry-after"], /^[1-9]\d*$/);
  });
});

describe("without a right to it", () => {
  test("without a cookie there is a sign-in page, and no form counts", async () => {
    const { page } = await device(await account());
    const nobody = new Browser(op);
    assert.ok(isSignIn(await open(nobody)));
    assert.equal(statusOf(await open(nobody, "?done=device")), undefined);
    assertLocal(await nobody.submit(page, { form: ENDS, button: "yes" }));
    const answer = await op.request("/account");
    assert.equal(answer.headers["cache-control"], "no-store");
    assert.match(answer.headers["content-security-policy"], /form-action 'self';/);
  });

  test("neither another login's form nor another site's counts", async () => {
    const username = await account();
    const [one, two] = [await device(username), await device(username)];
    for (const [browser, page, headers] of [
      [one.browser, two.page, {}],
      [one.browser, one.page, { origin: "https://evil.example" }],
      [one.browser, one.page, { "sec-fetch-site": "cross-site" }],
    ]) {
      const answer = await browser.submit(page, { form: ENDS, button: "yes", headers });
      assert.equal(answer.status, 403);
      assertLocal(answer);
    }
    assert.equal(said(await open(two.browser), "devices").length, 2);
  });

  test("a device that was signed out does nothing more on the page that it still shows", async () => {
    const username = await account();
    const [one, two] = [await device(username), await device(username)];
    const page = await open(two.browser);
    await press(two.browser, page, ENDS, values(page, "sign_out")[1]);
    for (const [form, button] of [[ENDS, "yes"], [ENDS, values(one.page, "sign_out")[0]]]) {
      const answer = await one.browser.submit(one.page, { form, button });
      assert.ok([200, 403].includes(answer.status), `${answer.status}`);
    }
    const fields = { current_password: PASSWORD, new_password: NEW };
    assert.ok([303, 403].includes((await one.browser.submit(one.page, { form: CHANGES, fields })).status));
    assert.equal(said(await open(two.browser), "devices").length, 1);
    await device(username);
  });
});

test("a form sent five times at once is answered five times", async () => {
  const username = await account();
  const { browser, page } = await device(username);
  await tokens(op, shop, await flow(op, shop, { browser }));
  const listed = await open(browser);
  const five = (send) => Promise.all(Array.from({ length: 5 }, send));
  const withdrawn = await five(() => browser.submit(listed, { form: WITHDRAWS, button: shop.client_id }));
  const left = await five(() => browser.submit(page, { form: ENDS, button: "yes" }));
  assert.deepEqual([withdrawn, left].map((answers) => new Set(answers.map(({ status }) => status))), [new Set([303]), new Set([200])]);
  assert.ok(isSignIn(await open(browser)));
});
