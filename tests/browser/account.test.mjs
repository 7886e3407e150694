// The account page as people meet it: without scripts, by keyboard, by eye and through a screen reader. Pictures are left in tests/output.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { createUser, startProvider } from "../worker/harness/provider.mjs";
import { DESKTOP, PHONE, leave, person, picture, signIn, startChromium } from "./support/chromium.mjs";
import { startRelyingParty } from "./support/relying_party.mjs";

const PASSWORD = "correct horse battery staple";
const NARROW = { width: 320, height: 640 };
const IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile Safari/604.1";
const SCOPE = "openid profile email offline_access";

let op, browser, shop, longWinded;
const people = [];
let accounts = 0;

before(async () => {
  [op, browser] = await Promise.all([startProvider(), startChromium()]);
  shop = await startRelyingParty(op);
  longWinded = await startRelyingParty(op, { client_name: `${"Treibholzgesellschaft".repeat(4)} & Co` });
});

after(async () => {
  await browser?.close();
  await shop?.stop();
  await longWinded?.stop();
  await op?.stop();
});

/** Somebody whose browser is watched until the test is over; without scripts, unless `options` say otherwise. */
async function somebody(options) {
  const one = await person(browser, { op, scripts: false, ...options });
  people.push(one);
  return one;
}

/** Whatever a test does: no complaint of the browser, no third party, no failure of the provider. */
afterEach(async () => {
  await leave(people.splice(0), [op.issuer, shop.origin, longWinded.origin]);
});

/** An account that no other test uses. */
async function account() {
  const username = `diana-${accounts++}`;
  await createUser(op, username, { password: PASSWORD, claims: { name: "Diana Ridge", email: `${username}@example.com` } });
  return username;
}

/** Signs in at the account page. */
async function enter(page, username, password = PASSWORD) {
  await page.goto(`${op.issuer}/account`);
  await signIn(page, username, password);
  await page.getByRole("heading", { name: "Your account" }).waitFor();
}

/** Allows a site, in a browser where the person is signed in. */
async function allow(page, site, scope = SCOPE) {
  const flow = await site.begin({ scope, prompt: "consent" });
  await page.goto(flow.url);
  await page.locator("#allow").click();
  await page.waitForURL((url) => url.href.startsWith(site.redirectUri));
  return site.finish(flow, page.url());
}

/** Somebody with two devices and two applications, looking at the account page; `options` for the browser. */
async function settled(options) {
  const username = await account();
  const phone = await somebody({ userAgent: IPHONE, viewport: PHONE });
  await enter(phone.page, username);
  const here = await somebody(options);
  await enter(here.page, username);
  await allow(here.page, shop);
  await allow(here.page, longWinded, "openid");
  await here.page.goto(`${op.issuer}/account`);
  return { username, phone, ...here };
}

const list = (page, name) => page.getByRole("list", { name });
const items = (page, name) => list(page, name).locator("> li");

test("the page of the provider leads there, and a sign-in page stands before it", async () => {
  const username = await account();
  const { page } = await somebody();
  await page.goto(op.issuer);
  await page.getByRole("link", { name: "Your account" }).click();
  await page.getByText("to continue to your account").waitFor();
  await picture(page, "account-sign-in");
  await signIn(page, username, "wrong");
  await page.getByRole("alert").getByText("The user name or the password is wrong.").waitFor();
  await signIn(page, username, PASSWORD);
  await page.getByRole("heading", { level: 1, name: "Your account" }).waitFor();
  assert.equal(page.url(), `${op.issuer}/account`);
  assert.match(await page.getByRole("main").innerText(), /signed in as Diana Ridge.*No application has access/s);
  await page.reload();
  assert.equal(await items(page, "Devices").count(), 1);
});

test("another device is signed out by the keyboard alone", async () => {
  const { page, phone } = await settled();
  const button = page.getByRole("button", { name: /^Sign out Safari, iPhone, \d{4}-\d\d-\d\d \d\d:\d\d UTC$/ });
  await button.waitFor();
  for (let presses = 0; presses < 20; presses++) {
    await page.keyboard.press("Tab");
    if (await button.evaluate((element) => element === document.activeElement)) break;
  }
  await picture(page, "account-focus");
  await page.keyboard.press("Enter");
  await page.getByRole("status").getByText("The device is signed out.").waitFor();
  await picture(page, "account-done");
  assert.equal(await items(page, "Devices").count(), 1);
  await phone.page.goto(`${op.issuer}/account`);
  await phone.page.locator("#login").waitFor();
});

test("an application's access is withdrawn, and it has to ask again", async () => {
  const { page } = await settled();
  const application = items(page, "Applications").filter({ hasText: "Alpine Supply" });
  assert.match(await application.innerText(), /Know who you are.*See your email address.*Goes on after you have signed out/s);
  assert.equal(await page.getByRole("link", { name: "Alpine Supply" }).getAttribute("href"), shop.origin);
  await page.getByRole("button", { name: "Withdraw access Alpine Supply" }).click();
  await page.getByRole("status").getByText("The application has no access any more.").waitFor();
  assert.equal(await items(page, "Applications").count(), 1);
  await page.goto((await shop.begin()).url);
  await page.locator("#allow").waitFor();
});

test("everywhere is signed out, and Back brings nothing back", async () => {
  const { page, phone, watched } = await settled();
  await page.getByRole("button", { name: "Sign out everywhere", description: /^Signs out all devices/ }).click();
  await page.getByRole("heading", { name: "You are signed out" }).waitFor();
  await picture(page, "account-signed-out");
  await page.goBack();
  await page.locator("#login").waitFor();
  await phone.page.reload();
  await phone.page.locator("#login").waitFor();
  assert.deepEqual(watched.statuses.filter((status) => status >= 400), []);
});

test("the password is changed, and what is wrong stands at its field", async () => {
  const { page, phone, username } = await settled();
  const change = async (current, next) => {
    await page.getByLabel("Current password").fill(current);
    await page.getByLabel("New password").fill(next);
    await page.keyboard.press("Enter");
  };
  await change("not the password", "another password");
  await page.getByRole("alert").waitFor();
  const blamed = page.getByLabel("Current password");
  assert.ok(await blamed.evaluate((element) => element === document.activeElement), "the cursor is there");
  assert.equal(await page.getByRole("textbox", { description: "The current password is wrong." }).count(), 1);
  await picture(page, "account-wrong-password");
  assert.ok(await page.getByRole("checkbox", { name: "Sign out all other devices" }).isChecked());
  await change(PASSWORD, "another password");
  await page.getByRole("status").getByText("Your password has been changed.").waitFor();
  assert.equal(await items(page, "Devices").count(), 1);
  await phone.page.goto(`${op.issuer}/account`);
  await signIn(phone.page, username, PASSWORD);
  await phone.page.getByRole("alert").waitFor();
  await signIn(phone.page, username, "another password");
  await phone.page.getByRole("heading", { name: "Your account" }).waitFor();
});

for (const scripts of [true, false]) {
  test(`a double click with scripts ${scripts ? "on" : "off"} withdraws once and fails nothing`, async () => {
    const { page, watched } = await settled({ scripts });
    await page.getByRole("button", { name: "Withdraw access Alpine Supply" }).dblclick({ noWaitAfter: true });
    await page.getByRole("heading", { name: "Your account" }).waitFor();
    await page.goto(`${op.issuer}/account`);
    assert.equal(await items(page, "Applications").filter({ hasText: "Alpine Supply" }).count(), 0);
    assert.deepEqual(watched.statuses.filter((status) => status >= 400), []);
  });
}

describe("by eye", () => {
  for (const [size, viewport] of [["phone", PHONE], ["desktop", DESKTOP], ["narrow", NARROW]]) {
    test(`on a ${size}, by day and by night: nothing is missing and nothing scrolls sideways`, async () => {
      const { page } = await settled({ viewport });
      for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme });
        await picture(page, `account-${size}-${colorScheme}`, { fullPage: true });
      }
      const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(content <= window, `${content} px wide`);
    });
  }

  for (const [locale, heading] of [["sv", "Ditt konto"], ["de", "Ihr Konto"], ["fr", "Votre compte"], ["es", "Su cuenta"], ["ja", "アカウント"]]) {
    test(`in ${locale} it speaks it, and fits a narrow screen`, async () => {
      const { context, page: english } = await settled();
      const { page } = await somebody({ viewport: NARROW, locale });
      await page.context().addCookies(await context.cookies());
      await page.goto(`${op.issuer}/account`);
      assert.equal(await page.locator("h1").innerText(), heading);
      assert.equal(await page.locator("html").getAttribute("lang"), locale);
      await picture(page, `account-${locale}`, { fullPage: true });
      const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(content <= window, `${content} px wide`);
      assert.equal(await english.locator("h1").innerText(), "Your account");
    });
  }
});

test("a screen reader finds its way", async () => {
  const { page } = await settled();
  const snapshot = await page.getByRole("main").ariaSnapshot();
  const expected = ['heading "Your account" [level=1]', 'region "Devices"', 'heading "Devices" [level=2]', 'list "Devices"', "This device",
    'button "Sign out ', 'button "Sign out Safari, iPhone', 'button "Sign out everywhere"', 'region "Applications"',
    'heading "Applications" [level=2]', 'list "Applications"', "[level=3]", 'button "Withdraw access ', 'region "Change password"',
    'heading "Change password" [level=2]', 'textbox "Current password"', 'textbox "New password (at least 8 characters)"',
    'checkbox "Sign out all other devices" [checked]', 'button "Change password"'];
  let from = 0;
  for (const line of expected) {
    const at = snapshot.indexOf(line, from);
    assert.ok(at >= 0, `${line} in\n${snapshot}`);
    from = at + 1;
  }
  const names = await page.getByRole("button").evaluateAll((all) => all.map((button) => button.textContent));
  assert.equal(new Set(names).size, names.length, "every button says what it ends");
});
