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
  [op, browser] = await Promise.all([startProvider({ vars: { SIGN_UP: "open", SIGN_UP_LIMIT: "1000" } }), startChromium()]);
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

/** Fills in the sign-up page and sends it. */
async function signUp(page, typed) {
  for (const [label, value] of Object.entries(typed)) await page.getByLabel(label).fill(value);
  await page.locator("#sign_up").click();
}

/** How to come to each page; the user of these tests never allows anything, so the consent page stays. */
const WAYS = {
  home: (page) => page.goto(op.issuer),
  login: async (page, site) => page.goto((await site.begin()).url),
  "login-rejected": async (page, site) => {
    await page.goto((await site.begin()).url);
    await signIn(page, `stranger-${strangers++}`, "wrong");
    await page.getByRole("alert").waitFor();
  },
  "sign-up": async (page, site) => page.goto((await site.begin({ prompt: "create" })).url),
  "sign-up-taken": async (page, site) => {
    await page.goto((await site.begin({ prompt: "create" })).url);
    await signUp(page, { "User name": USER, Password: "another password" });
    await page.getByRole("alert").waitFor();
  },
  consent: async (page, site) => {
    await page.goto((await site.begin({ scope: "openid profile email address phone" })).url);
    await signIn(page, USER, PASSWORD);
    await page.locator("#allow").waitFor();
  },
  "sign-out": async (page, site) => {
    await WAYS.consent(page, site);
    await page.goto(`${op.issuer}/session?post_logout_redirect_uri=${site.origin}`);
  },
  "signed-out": async (page, site) => {
    await WAYS["sign-out"](page, site);
    await page.locator("#logout-yes").click();
  },
  "still-signed-in": async (page, site) => {
    await WAYS["sign-out"](page, site);
    await page.locator("#logout-no").click();
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
  login: ['heading "Sign in" [level=1]', 'textbox "User name"', 'textbox "Password"', 'button "Sign in"',
    'button "Create an account"', 'navigation "About Alpine Supply"'],
  "sign-up": ['heading "Create an account" [level=1]', 'textbox "User name"', 'textbox "Password (at least 8 characters)"',
    'textbox "Name (optional)"', 'textbox "Email address (optional)"', 'button "Create an account"', 'button "I already have an account"'],
  "sign-out": ['heading "Sign out?" [level=1]', 'button "Sign out"', 'button "Stay signed in"'],
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

const WORDS = {
  sv: ["Logga in", "Tillåta åtkomst?"],
  de: ["Anmelden", "Zugriff erlauben?"],
  fr: ["Se connecter", "Autoriser l’accès\u00a0?"],
  es: ["Iniciar sesión", "¿Permitir el acceso?"],
  ja: ["サインイン", "アクセスを許可しますか？"],
};

for (const [locale, [signInWords, consentWords]] of Object.entries(WORDS)) {
  test(`in ${locale} every page speaks it, and fits a narrow screen`, async () => {
    const { page, context, watched } = await person(browser, { op, viewport: NARROW, locale });
    const fits = async (name) => {
      await picture(page, `${name}-${locale}`);
      assert.equal(await page.locator("html").getAttribute("lang"), locale);
      const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(content <= window, `${name}: ${content} px wide`);
    };
    for (const name of ["home", "error", "sign-up"]) {
      await WAYS[name](page, shop);
      await fits(name);
    }
    // The browser's language, then what the site asks for: both lead to the same pages.
    await page.goto((await shop.begin()).url);
    assert.equal(await page.locator("h1").innerText(), signInWords);
    const other = await person(browser, { op, viewport: NARROW });
    await other.page.goto((await shop.begin({ ui_locales: `tlh ${locale}-XX`, scope: "openid profile email phone" })).url);
    assert.equal(await other.page.locator("h1").innerText(), signInWords);
    await page.goto((await shop.begin({ scope: "openid profile email address phone" })).url);
    await fits("login");
    await page.locator("#username").fill(USER);
    await page.locator("#password").fill(PASSWORD);
    await page.locator("#login").click();
    await page.locator("#allow").waitFor();
    assert.equal(await page.locator("h1").innerText(), consentWords);
    await fits("consent");
    await Promise.all([context.close(), other.context.close()]);
    assert.deepEqual([...watched.complaints, ...other.watched.complaints], []);
  });
}

for (const scripts of [true, false]) {
  describe(`with scripts ${scripts ? "on" : "off"}`, () => {
    test("somebody makes an account, and the site learns who it is", async () => {
      const { page, context, watched } = await person(browser, { op, scripts });
      const flow = await shop.begin();
      await page.goto(flow.url);
      await page.getByRole("button", { name: "Create an account" }).click();
      await page.getByRole("button", { name: "I already have an account" }).click();
      await page.getByRole("button", { name: "Create an account" }).click();
      await signUp(page, { "User name": USER, Password: PASSWORD.slice(1), "Email address": "rigo@example.com" });
      await page.getByRole("alert").getByText("This user name is taken.").waitFor();
      assert.equal(await page.getByLabel("Email address").inputValue(), "rigo@example.com");
      assert.equal(await page.getByLabel("Password").inputValue(), "");
      await signUp(page, { "User name": `rigo-${scripts}`, Password: PASSWORD });
      await page.locator("#allow").click();
      await page.waitForURL((url) => url.href.startsWith(shop.redirectUri));
      const { userinfo } = await shop.finish(flow, page.url());
      await context.close();
      assert.deepEqual([userinfo.email, userinfo.email_verified], ["rigo@example.com", false]);
      assert.deepEqual(watched.complaints, []);
    });

    test("a response by form_post arrives", async () => {
      const { page, context, watched } = await person(browser, { op, scripts });
      const flow = await shop.begin({ response_mode: "form_post" });
      const before = shop.posted.length;
      await page.goto(flow.url);
      await createUser(op, `poster-${scripts}`, { password: PASSWORD });
      await signIn(page, `poster-${scripts}`, PASSWORD);
      await page.locator("#allow").click();
      if (!scripts) {
        const proceed = page.getByRole("button", { name: "Continue" });
        await proceed.waitFor();
        await picture(page, "form-post");
        await proceed.click();
      }
      await page.waitForURL(shop.redirectUri);
      const [{ type, fields }] = shop.posted.slice(before);
      await context.close();
      assert.equal(type, "application/x-www-form-urlencoded");
      assert.equal(fields.get("state"), flow.checks.expectedState);
      assert.equal(fields.get("iss"), op.issuer);
      assert.ok(fields.get("code"));
      assert.deepEqual(watched.complaints, []);
    });
  });
}

test("a double click on the sign-up page's button makes one account", async () => {
  const { page, context } = await person(browser, { op });
  await WAYS["sign-up"](page, shop);
  await page.getByLabel("User name").fill("double-rigo");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.locator("#sign_up").dblclick({ noWaitAfter: true });
  await page.locator("#allow").waitFor();
  await context.close();
});
