// People sign in at the provider's pages in a real browser, and the site that sent them gets what they allowed.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { createUser, startProvider } from "../worker/harness/provider.mjs";
import { leave, person, signIn, startChromium } from "./support/chromium.mjs";
import { startRelyingParty } from "./support/relying_party.mjs";

const PASSWORD = "correct horse battery staple";
let op, browser, shop;
const people = [];

/** Somebody whose browser is watched until the test is over. */
async function somebody(options) {
  const one = await person(browser, { op, ...options });
  people.push(one);
  return one;
}

/** An account that no other test uses, so that nothing is remembered of it. */
async function account(username) {
  const claims = { name: "Diana Ridge", email: `${username}@example.com`, email_verified: true };
  await createUser(op, username, { password: PASSWORD, claims });
  return username;
}

const arrived = (page) => page.waitForURL((url) => url.href.startsWith(shop.redirectUri));

before(async () => {
  [op, browser] = await Promise.all([startProvider(), startChromium()]);
  shop = await startRelyingParty(op);
});

after(async () => {
  await browser?.close();
  await shop?.stop();
  await op?.stop();
});

/** Whatever a test does: no complaint of the browser, no third party, no failure of the provider. */
afterEach(async () => {
  await leave(people.splice(0), [op.issuer, shop.origin]);
});

for (const scripts of [true, false]) {
  describe(`with scripts ${scripts ? "on" : "off"}`, () => {
    test("signing in and allowing brings the claims to the site", async () => {
      const username = await account(`allow-${scripts}`);
      const { page } = await somebody({ scripts });
      const flow = await shop.begin();
      await page.goto(flow.url);
      await signIn(page, username, PASSWORD);
      await page.locator("#allow").click();
      await arrived(page);
      const { claims, userinfo } = await shop.finish(flow, page.url());
      assert.equal(claims.iss, op.issuer);
      assert.equal(userinfo.sub, claims.sub);
      assert.equal(userinfo.name, "Diana Ridge");
      assert.equal(userinfo.email, `${username}@example.com`);
    });

    test("denying sends the person back with access_denied", async () => {
      const username = await account(`deny-${scripts}`);
      const { page } = await somebody({ scripts });
      const flow = await shop.begin();
      await page.goto(flow.url);
      await signIn(page, username, PASSWORD);
      await page.locator("#deny").click();
      await arrived(page);
      const answer = new URL(page.url()).searchParams;
      assert.equal(answer.get("error"), "access_denied");
      assert.equal(answer.get("state"), flow.checks.expectedState);
      assert.equal(answer.get("iss"), op.issuer);
      assert.equal(answer.get("code"), null);
    });

    test("a wrong password is told, and the right one then works", async () => {
      const username = await account(`retry-${scripts}`);
      const { page, watched } = await somebody({ scripts });
      const flow = await shop.begin();
      await page.goto(flow.url);
      await signIn(page, username, "not the password");
      await page.getByRole("alert").getByText("The user name or the password is wrong.").waitFor();
      assert.equal(await page.getByLabel("User name").inputValue(), username);
      assert.equal(await page.getByLabel("Password").inputValue(), "");
      assert.equal(watched.navigations.at(-1), 400);
      await page.getByLabel("Password").fill(PASSWORD);
      await page.locator("#login").click();
      await page.locator("#allow").click();
      await arrived(page);
      await shop.finish(flow, page.url());
    });
  });
}

test("an unknown user name reads like a wrong password", async () => {
  const { page } = await somebody();
  await page.goto((await shop.begin()).url);
  await signIn(page, "nobody-at-all", PASSWORD);
  await page.getByRole("alert").getByText("The user name or the password is wrong.").waitFor();
});

test("too many tries are refused for a while, with the right password too", async () => {
  const username = await account("eager");
  const { page, watched } = await somebody();
  await page.goto((await shop.begin()).url);
  for (let tries = 0; tries < 30 && watched.navigations.at(-1) !== 429; tries++) await signIn(page, username, "not the password");
  await page.getByRole("alert").getByText(/Too many tries\. Wait \d+ minutes/).waitFor();
  await signIn(page, username, PASSWORD);
  await page.getByRole("alert").getByText("Too many tries").waitFor();
});

test("the keyboard alone is enough", async () => {
  const username = await account("keyboard");
  const { page } = await somebody();
  const flow = await shop.begin();
  const focused = () => page.evaluate(() => document.activeElement.id);
  await page.goto(flow.url);
  assert.equal(await focused(), "username");
  await page.keyboard.type(username);
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "password");
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");
  await page.locator("#allow").waitFor();
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "allow");
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "deny");
  const outline = await page.locator("#deny").evaluate((button) => getComputedStyle(button).outlineWidth);
  assert.equal(outline, "3px");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await arrived(page);
  await shop.finish(flow, page.url());
});

test("login_hint fills in the user name and leaves the cursor in the password", async () => {
  const { page } = await somebody();
  await page.goto((await shop.begin({ login_hint: "diana@example.com" })).url);
  assert.equal(await page.getByLabel("User name").inputValue(), "diana@example.com");
  assert.equal(await page.evaluate(() => document.activeElement.id), "password");
});

test("what was allowed once is not asked again", async () => {
  const username = await account("again");
  const { page } = await somebody();
  const first = await shop.begin();
  await page.goto(first.url);
  await signIn(page, username, PASSWORD);
  await page.locator("#allow").click();
  await arrived(page);
  const { claims } = await shop.finish(first, page.url());

  const second = await shop.begin();
  await page.goto(second.url);
  assert.ok(page.url().startsWith(shop.redirectUri), page.url());
  const again = await shop.finish(second, page.url());
  assert.equal(again.claims.sub, claims.sub);
  assert.equal(again.claims.auth_time, claims.auth_time);

  // More than was allowed is asked for again.
  await page.goto((await shop.begin({ scope: "openid profile email phone" })).url);
  await page.getByText("See your phone number").waitFor();
});

test("prompt asks again, and prompt=none never shows a page", async () => {
  const username = await account("prompted");
  const { page } = await somebody();
  const errorOf = async (parameters) => {
    await page.goto((await shop.begin(parameters)).url);
    return new URL(page.url()).searchParams.get("error");
  };
  assert.equal(await errorOf({ prompt: "none" }), "login_required");
  await page.goto((await shop.begin()).url);
  await signIn(page, username, PASSWORD);
  await page.locator("#allow").waitFor();
  assert.equal(await errorOf({ prompt: "none" }), "consent_required");
  await page.goto((await shop.begin()).url);
  await page.locator("#allow").click();
  await arrived(page);
  assert.equal(await errorOf({ prompt: "none" }), null);
  await page.goto((await shop.begin({ prompt: "consent" })).url);
  await page.locator("#allow").waitFor();
  await page.goto((await shop.begin({ prompt: "login" })).url);
  await page.locator("#login").waitFor();
});

test("a double click on the sign-in button signs in once", async () => {
  const username = await account("double");
  const { page } = await somebody();
  const flow = await shop.begin();
  await page.goto(flow.url);
  await page.getByLabel("User name").fill(username);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.locator("#login").dblclick({ noWaitAfter: true });
  await page.locator("#allow").waitFor();
  await page.locator("#allow").dblclick({ noWaitAfter: true });
  await page.waitForURL((url) => url.href.startsWith(shop.redirectUri));
  await shop.finish(flow, page.url());
});

test("the Back button leads to where the person is by now", async () => {
  const username = await account("back");
  const { page } = await somebody();
  const flow = await shop.begin();
  const heading = () => page.locator("h1").innerText();
  await page.goto(flow.url);
  await signIn(page, username, PASSWORD);
  await page.locator("#allow").waitFor();
  // Signed in, so the request is not asked to sign in again.
  await page.goBack();
  assert.equal(await heading(), "Allow access?");
  await page.locator("#allow").click();
  await arrived(page);
  await shop.finish(flow, page.url());
  // Allowed, so it goes straight to the site again.
  await page.goBack();
  await arrived(page);
  assert.equal(await heading(), "Back at the shop");
});

test("a sign-in form that is sent twice works once", async () => {
  const username = await account("twice");
  const { page, context } = await somebody();
  const allowed = await shop.begin();
  await page.goto(allowed.url);
  await signIn(page, username, PASSWORD);
  await page.locator("#allow").click();
  await arrived(page);

  const flow = await shop.begin({ prompt: "login" });
  await page.goto(flow.url);
  // The form opens its answers elsewhere, so that it stays to be sent again.
  await page.locator("form").evaluate((form) => form.setAttribute("target", "_blank"));
  const send = async () => {
    const [answer] = await Promise.all([context.waitForEvent("page"), signIn(page, username, PASSWORD)]);
    await answer.locator("h1").waitFor();
    return { heading: await answer.locator("h1").innerText(), address: answer.url() };
  };
  const first = await send();
  const repeated = await send();
  assert.equal(first.heading, "Back at the shop");
  // All but session_state, which has a salt of its own, and which the browser's state has changed for.
  const lasting = ({ address }) => address.replace(/session_state=[^&]*/, "");
  assert.equal(lasting(repeated), lasting(first));
  await shop.finish(flow, first.address);
  assert.equal((await send()).heading, "This sign-in is already complete");
});

test("one request in two tabs signs in in both", async () => {
  const username = await account("tabs");
  const { page, context } = await somebody();
  const flow = await shop.begin();
  await page.goto(flow.url);
  const other = await context.newPage();
  await other.goto(flow.url);
  await signIn(page, username, PASSWORD);
  await page.locator("#allow").click();
  await arrived(page);
  await shop.finish(flow, page.url());
  await signIn(other, username, PASSWORD);
  await arrived(other);
  await shop.finish(flow, other.url());
});

test("a redirect URI that is not registered ends on a page that names it", async () => {
  const { page, watched } = await somebody();
  await page.goto((await shop.begin({ redirect_uri: `${shop.origin}/elsewhere` })).url);
  assert.equal(watched.navigations.at(-1), 400);
  await page.getByText("redirect_uri").first().waitFor();
  assert.ok(!shop.requests.some((request) => request.includes("/elsewhere")));
});
