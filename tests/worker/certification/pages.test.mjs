// The pages as the certification suite drives them: forms without scripts, known names, and the person's language.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Browser } from "../harness/browserless.mjs";
import { createUser, startProvider } from "../harness/provider.mjs";
import { EVERY_FLOW, finish, granted, open } from "../support/front_channel.mjs";
import { DIANA, register, signIn } from "../support/relying_party.mjs";

const LANGUAGES = ["en", "sv", "de", "fr", "es", "ja"];

let op, client, browser;

before(async () => {
  op = await startProvider({ vars: { REGISTRATION_LIMIT: 1000 } });
  await createUser(op, "diana", DIANA);
  client = await register(op, { ...EVERY_FLOW, client_name: "Q" });
  ({ browser } = await granted(op, client));
});
after(() => op?.stop());

const visible = ({ root }) => root.querySelector("body").structuredText;
const languageOf = ({ root }) => root.querySelector("html").getAttribute("lang");
const get = (changes, { browser: own = new Browser(op), headers } = {}) => {
  const wrapped = { cookies: own.cookies, get: (url, options) => own.get(url, { ...options, headers }), submit: (...all) => own.submit(...all) };
  return open(op, client, changes, { browser: wrapped });
};

/** How to come to each page, with parameters and headers of one's own. */
const PAGES = {
  login: (changes, options) => get(changes, options),
  "login after a mistake": async (changes, options) => {
    const page = await get(changes, options);
    return page.browser.submit(page, { fields: { username: "nobody", password: "wrong" }, headers: options?.headers });
  },
  consent: (changes, options) => get({ ...changes, prompt: "consent" }, { browser, ...options }),
  error: (changes, options) => get({ ...changes, redirect_uri: "https://rp.example/other" }, options),
  form_post: (changes, options) => get({ ...changes, response_mode: "form_post" }, { browser, ...options }),
};

test("Pages: login has the inputs, the button and the words that it is known by", async () => {
  for (const page of [await PAGES.login(), await PAGES["login after a mistake"]()]) {
    const form = page.root.querySelectorAll("form").find((one) => one.querySelector("#login"));
    const [username, password, button] = ["input[name=username]", "input[name=password]", "#login"].map((selector) => form.querySelector(selector));
    assert.equal(password.getAttribute("type"), "password");
    assert.ok(["text", "email", undefined].includes(username.getAttribute("type")));
    assert.equal(button.tagName, "BUTTON");
    assert.equal(form.getAttribute("method").toLowerCase(), "post");
    assert.match(visible(page), /Sign in/);
    for (const id of ["username", "password", "login"]) assert.equal(page.root.querySelectorAll(`#${id}`).length, 1, id);
  }
});

test("Pages: consent has a button to allow and one to deny, and each does what it says", async () => {
  const page = await PAGES.consent();
  for (const id of ["allow", "deny"]) assert.equal(page.root.querySelectorAll(`button#${id}`).length, 1);
  assert.ok((await finish(page)).code);
  const denied = await finish(await PAGES.consent(), { decision: "deny" });
  assert.deepEqual([denied.answer.error, denied.code], ["access_denied", undefined]);
});

for (const [name, go] of Object.entries(PAGES)) {
  test(`Pages: ${name} is complete without scripts and without anything from elsewhere`, async () => {
    const page = await go();
    assert.match(page.headers["content-type"], /^text\/html; *charset=utf-8$/i);
    assert.match(page.headers["cache-control"], /no-store/);
    assert.ok(page.headers["content-security-policy"]);
    assert.doesNotMatch(page.text, /<meta[^>]*http-equiv/i);
    if (name !== "form_post") assert.equal(page.root.querySelectorAll("script").length, 0);
    for (const form of page.root.querySelectorAll("form")) assert.ok(form.querySelector("button, input[type=submit]"), "a form that cannot be sent");
    for (const resource of page.root.querySelectorAll("link[rel=stylesheet], script[src], iframe, object, embed")) assert.fail(resource.outerHTML);
    assert.ok(page.root.querySelector("title").text.trim());
  });

  for (const language of LANGUAGES) {
    test(`Pages: ${name} in ${language}, by ui_locales and by Accept-Language`, async () => {
      const [asked, accepted] = [await go({ ui_locales: language }), await go({}, { headers: { "accept-language": language } })];
      const words = (page) => visible(page).replace(/[A-Z]-?\d{4,}\S*|\b[0-9a-f]{8,}\b/g, "");
      for (const page of [asked, accepted]) assert.equal(languageOf(page), language);
      assert.equal(words(asked).replace(/\d+/g, ""), words(accepted).replace(/\d+/g, ""));
      if (language !== "en") assert.notEqual(words(asked), words(await go({ ui_locales: "en" })), "the words are English");
    });
  }

  test(`Pages: ${name}: ui_locales before Accept-Language, the first that is known, and English in the end`, async () => {
    const table = [
      [{ ui_locales: "sv" }, "de", "sv"],
      [{ ui_locales: "xx de fr" }, "es", "de"],
      [{ ui_locales: "de-AT" }, "en", "de"],
      [{ ui_locales: "fr-CA en" }, "ja", "fr"],
      [{ ui_locales: "SV-se" }, "en", "sv"],
      [{ ui_locales: "xx" }, "ja", "ja"],
      [{ ui_locales: "xx" }, "xx", "en"],
      [{ ui_locales: "xx" }, "", "en"],
      [{}, "fr;q=0.1, sv;q=0.9, en;q=0.5", "sv"],
      [{}, "ja-JP,ja;q=0.9,en;q=0.8", "ja"],
      [{}, "es;q=0, de;q=0.2", "de"],
      [{}, "*", "en"],
      [{}, ";;;q=,,å", "en"],
    ];
    for (const [changes, accept, expected] of table) {
      assert.equal(languageOf(await go(changes, { headers: { "accept-language": accept } })), expected, JSON.stringify([changes, accept]));
    }
  });
}

test("Pages: the language that was asked for stays through the flow", async () => {
  const fresh = await register(op, EVERY_FLOW);
  const own = new Browser(op);
  const login = await open(op, fresh, { ui_locales: "ja" }, { browser: own });
  assert.equal(languageOf(login), "ja");
  const mistaken = await signIn(own, login, { username: "diana", password: "wrong" });
  assert.equal(languageOf(mistaken), "ja");
  const consent = await signIn(own, mistaken);
  assert.ok(consent.root.querySelector("#allow"));
  assert.equal(languageOf(consent), "ja");
});

test("Pages: an error page names the parameter in every language", async () => {
  for (const language of LANGUAGES) {
    const page = await PAGES.error({ ui_locales: language });
    assert.equal(page.status, 400);
    assert.match(visible(page), /redirect_uri/);
  }
});

test("Pages: a form works after a reload, after Back, and with fields in another order", async () => {
  const page = await PAGES.login();
  const wrong = await page.browser.submit(page, { fields: { username: "diana", password: "wrong" } });
  assert.equal(wrong.root.querySelector("#username").getAttribute("value"), "diana");
  assert.ok(!wrong.root.querySelector("#password").getAttribute("value"));
  const done = await finish({ ...page, browser: page.browser });
  assert.ok(done.code);
});
