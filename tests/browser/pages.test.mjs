// The pages as people meet them: by eye, on a phone, in the dark, and through a screen reader. Pictures are left in tests/output.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createUser, startProvider } from "../worker/harness/provider.mjs";
import { DESKTOP, PHONE, person, picture, signIn, startChromium } from "./support/chromium.mjs";
import { startRelyingParty } from "./support/relying_party.mjs";

const USER = "diana.ridge";
const PASSWORD = "correct horse battery staple";
const NARROW = { width: 320, height: 640 };
const LONG_NAME = `${"Treibholzgesellschaft".repeat(4)} & Co`;
let op, browser, shop, longWinded;
let strangers = 0;

before(async () => {
  [op, browser] = await Promise.all([startProvider(), startChromium()]);
  await createUser(op, USER, { password: PASSWORD });
  shop = await startRelyingParty(op);
  longWinded = await startRelyingParty(op, { client_name: LONG_NAME });
});

after(async () => {
  await browser?.close();
  await shop?.stop();
  await longWinded?.stop();
  await op?.stop();
});

/** How to come to each page; the user of these tests never allows anything, so the consent page stays. */
const WAYS = {
  home: (page) => page.goto(op.issuer),
  login: async (page, site) => page.goto((await site.begin()).url),
  "login-rejected": async (page, site) => {
    await page.goto((await site.begin()).url);
    await signIn(page, `stranger-${strangers++}`, "wrong");
    await page.getByRole("alert").waitFor();
  },
  consent: async (page, site) => {
    await page.goto((await site.begin({ scope: "openid profile email address phone" })).url);
    await signIn(page, USER, PASSWORD);
    await page.locator("#allow").waitFor();
  },
  error: async (page, site) => page.goto((await site.begin({ redirect_uri: `${site.origin}/elsewhere` })).url),
};

for (const [name, goThere] of Object.entries(WAYS)) {
  describe(`the ${name} page`, () => {
    for (const [size, viewport] of [["phone", PHONE], ["desktop", DESKTOP]]) {
      test(`on a ${size}, by day and by night: nothing is missing and the browser has no complaint`, async () => {
        const { page, context, watched } = await person(browser, { op, viewport });
        await goThere(page, shop);
        await page.waitForLoadState("networkidle");
        for (const colorScheme of ["light", "dark"]) {
          await page.emulateMedia({ colorScheme });
          await picture(page, `${name}-${size}-${colorScheme}`);
        }
        const broken = await page.evaluate(() => [...document.images].filter((image) => !image.naturalWidth).map((image) => image.src));
        await context.close();
        assert.deepEqual(broken, []);
        assert.deepEqual(watched.complaints, []);
        assert.deepEqual([...watched.origins].filter((origin) => ![op.issuer, shop.origin].includes(origin)), []);
      });
    }

    test("a narrow screen needs no scrolling sideways, whatever the site calls itself", async () => {
      const { page, context } = await person(browser, { op, viewport: NARROW });
      await goThere(page, longWinded);
      const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      await picture(page, `${name}-narrow`);
      await context.close();
      assert.ok(content <= window, `${content} px wide`);
    });

    test("a screen reader finds its way", async () => {
      const { page, context } = await person(browser, { op });
      await goThere(page, shop);
      assert.equal(await page.getByRole("main").count(), 1);
      assert.equal(await page.getByRole("heading", { level: 1 }).count(), 1);
      assert.equal(await page.locator("html").getAttribute("lang"), "en");
      assert.match(await page.title(), /\S.* · Treeline$/);
      const nameless = await page.evaluate(() =>
        [...document.querySelectorAll("input:not([type=hidden]), button, a")]
          .filter((element) => !(element.labels?.[0] ?? element).textContent.trim())
          .map((element) => element.outerHTML));
      await context.close();
      assert.deepEqual(nameless, []);
    });
  });
}

test("the problem is read out with the fields it is about", async () => {
  const { page, context } = await person(browser, { op });
  await WAYS["login-rejected"](page, shop);
  const described = page.getByRole("textbox", { description: "The user name or the password is wrong." });
  const count = await described.count();
  await context.close();
  assert.equal(count, 2);
});

/** The accessible structure of a page's main part, without what the site adds. */
const READ_OUT = {
  login: ['heading "Sign in" [level=1]', 'textbox "User name"', 'textbox "Password"', 'button "Sign in"', 'navigation "About Alpine Supply"'],
  consent: ['heading "Allow access?" [level=1]', 'list "This application will be able to"', 'button "Allow"', 'button "Deny"'],
};

for (const [name, expected] of Object.entries(READ_OUT)) {
  test(`the ${name} page is read out in order, with every control's name`, async () => {
    const { page, context } = await person(browser, { op });
    await WAYS[name](page, shop);
    const snapshot = await page.getByRole("main").ariaSnapshot();
    await context.close();
    const positions = expected.map((line) => snapshot.indexOf(`- ${line}`));
    assert.ok(positions.every((position, i) => position > (positions[i - 1] ?? -1)), `${expected} in\n${snapshot}`);
  });
}

test("forced colours leave every control visible", async () => {
  const { page, context } = await person(browser, { op, forcedColors: "active" });
  await WAYS.consent(page, shop);
  await picture(page, "consent-forced-colours");
  const borders = await page.locator("button").evaluateAll((all) => all.map((button) => getComputedStyle(button).borderTopWidth));
  await context.close();
  assert.deepEqual(borders, ["1px", "1px"]);
});

test("the login page says who asks, and links to what they promise", async () => {
  const { page, context } = await person(browser, { op });
  await WAYS.login(page, shop);
  const main = await page.getByRole("main").innerText();
  const links = await page.getByRole("link").evaluateAll((all) => all.map((link) => link.href));
  const logo = await page.locator("main img").getAttribute("src");
  await context.close();
  assert.match(main, /Sign in/);
  assert.match(main, /Alpine Supply/);
  assert.match(main, /localhost/);
  assert.deepEqual(links, [`${shop.origin}/`, `${shop.origin}/privacy`, `${shop.origin}/terms`]);
  assert.equal(logo, `${shop.origin}/logo.svg`);
});

test("what a site calls itself is never markup", async () => {
  const name = `<script>document.title="owned"</script>"><img src=x onerror=alert(1)>`;
  const evil = await startRelyingParty(op, { client_name: name });
  const { page, context, watched } = await person(browser, { op });
  page.on("dialog", () => watched.complaints.push("a script ran"));
  await page.goto((await evil.begin({ login_hint: `"><script>alert(2)</script>` })).url);
  const text = await page.getByRole("main").innerText();
  const title = await page.title();
  const value = await page.getByLabel("User name").inputValue();
  await context.close();
  await evil.stop();
  assert.ok(text.includes(name.slice(0, 40)), text);
  assert.equal(title, "Sign in · Treeline");
  assert.equal(value, `"><script>alert(2)</script>`);
  assert.deepEqual(watched.complaints, []);
});

test("text twice as large still fits a phone", async () => {
  const { page, context } = await person(browser, { op, viewport: PHONE });
  await WAYS.login(page, shop);
  // What a person does who sets a larger font in the browser: the pages measure in rem.
  const session = await context.newCDPSession(page);
  await session.send("Page.enable");
  await session.send("Page.setFontSizes", { fontSizes: { standard: 32, fixed: 26 } });
  await page.reload();
  const [size, content, window] = await page.evaluate(() => [
    getComputedStyle(document.documentElement).fontSize,
    document.documentElement.scrollWidth,
    innerWidth,
  ]);
  await picture(page, "login-large-text");
  await context.close();
  assert.equal(size, "32px");
  assert.ok(content <= window, `${content} px wide`);
});
