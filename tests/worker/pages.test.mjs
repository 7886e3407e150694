// The pages and their forms against other sites, other browsers and impatient people.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Browser } from "./harness/browserless.mjs";
import { createUser, startProvider } from "./harness/provider.mjs";
import { answerAt, assertLocal, assertRedirectError } from "./support/assertions.mjs";
import { CALLBACK, DIANA, PASSWORD, authorizationRequest, flow, redeem, register, signIn, treeOf } from "./support/relying_party.mjs";

let op, client;

before(async () => {
  op = await startProvider();
  await createUser(op, "diana", DIANA);
  client = await register(op);
});
after(() => op?.stop());

async function open(browser, changes = {}, of = client) {
  const request = authorizationRequest(of, changes);
  return { ...(await browser.get(op.issuer + request.path)), request };
}

/** The sign-in page, or with `consent` the one after it, of a client that nobody has consented to. */
async function pageOf(step, browser = new Browser(op)) {
  const fresh = await register(op);
  const page = await open(browser, { prompt: "login" }, fresh);
  return { browser, page: step === "login" ? page : { ...(await signIn(browser, page)), request: page.request }, client: fresh };
}

const hidden = (page) => page.root.querySelector("input[name=interaction]").getAttribute("value");
const cookieHeader = (browser) => browser.cookies.for(new URL(op.issuer)).map(({ name, value }) => `${name}=${value}`).join("; ");
const FIELDS = { login: { username: "diana", password: PASSWORD }, consent: { decision: "allow" } };

/** Posts a step's form by hand, from `browser` if there is one. */
const post = (step, interaction, { browser, headers, fields = {} } = {}) =>
  op.request(`/${step}`, {
    headers: { ...(browser && { cookie: cookieHeader(browser) }), ...headers },
    form: { ...FIELDS[step], ...(interaction !== undefined && { interaction }), ...fields },
  });

function assertForbidden(answer) {
  assert.equal(answer.status, 403, answer.location);
  assertLocal(answer);
  assert.equal(answer.headers["set-cookie"], undefined);
}

describe("31. a form counts only where it was shown", () => {
  for (const step of ["login", "consent"]) {
    test(`${step}: without an interaction, or with one that is nobody's`, async () => {
      const { browser, page } = await pageOf(step);
      const before = await treeOf(op, "diana");
      for (const interaction of [undefined, "", "x", "A".repeat(400), `${hidden(page)}A`, hidden(page).slice(1), `${hidden(page)}=`]) {
        assertForbidden(await post(step, interaction, { browser }));
      }
      const twice = new URLSearchParams([...Object.entries(FIELDS[step]), ["interaction", hidden(page)], ["interaction", hidden(page)]]);
      assertForbidden(await op.request(`/${step}`, { headers: { cookie: cookieHeader(browser) }, form: twice }));
      assert.equal(await treeOf(op, "diana"), before);
    });

    test(`${step}: a changed interaction has no effect, wherever it is changed`, async () => {
      const { browser, page } = await pageOf(step);
      const sealed = hidden(page);
      for (let place = 0; place < sealed.length; place += 37) {
        const changed = sealed.slice(0, place) + (sealed[place] === "A" ? "B" : "A") + sealed.slice(place + 1);
        assertForbidden(await post(step, changed, { browser }));
      }
    });

    test(`${step}: not the other step's, and not in another browser`, async () => {
      const { page, browser } = await pageOf(step);
      const other = await pageOf(step === "login" ? "consent" : "login", browser);
      assertForbidden(await post(step, hidden(other.page), { browser }));
      assertForbidden(await post(step, hidden(page)));
      for (const elsewhere of [(await pageOf("login")).browser, (await flow(op, client)).browser]) {
        assertForbidden(await post(step, hidden(page), { browser: elsewhere }));
      }
    });

    test(`${step}: not from another site`, async () => {
      const { browser, page } = await pageOf(step);
      for (const headers of [{ origin: "https://evil.example" }, { origin: "http://localhost" }, { origin: `${op.issuer}.evil.example` },
        { origin: op.issuer.toUpperCase() }, { "sec-fetch-site": "cross-site" }, { "sec-fetch-site": "same-site" },
        { origin: "null", "sec-fetch-site": "cross-site" }, { origin: op.issuer, "sec-fetch-site": "cross-site" },
        { origin: "https://evil.example", "sec-fetch-site": "same-origin" }]) {
        assertForbidden(await post(step, hidden(page), { browser, headers }));
      }
      const own = await post(step, hidden(page), { browser, headers: { origin: op.issuer, "sec-fetch-site": "same-origin" } });
      assert.ok([200, 303].includes(own.status), own.text);
    });

    test(`${step}: no content of another type, and none that is too large`, async () => {
      const { browser, page } = await pageOf(step);
      const headers = { cookie: cookieHeader(browser) };
      assertLocal(await op.request(`/${step}`, { headers, json: { ...FIELDS[step], interaction: hidden(page) } }));
      const large = await post(step, hidden(page), { browser, fields: { filler: "a".repeat(1 << 20) } });
      assertLocal(large);
      assert.equal(large.status, 413);
    });

    test(`${step}: no field is an address to go to`, async () => {
      const { browser, page, client: fresh } = await pageOf(step);
      const evil = "https://evil.example/";
      const fields = { next: evil, return_to: evil, redirect_uri: evil, redirect: evil, url: evil, client_id: client.client_id, state: "changed" };
      const answer = await post(step, hidden(page), { browser, fields });
      assert.doesNotMatch(`${answer.text} ${answer.location}`, /evil/);
      if (step === "consent") assert.equal(answerAt(page.request, answer).state, page.request.fields.state);
      else assert.ok(answer.text.includes('id="allow"') && fresh);
    });
  }

  test("consent counts only while the one who is asked is signed in", async () => {
    const { browser, page } = await pageOf("consent");
    await createUser(op, "erik", DIANA);
    await signIn(browser, await open(browser, { prompt: "login" }), { username: "erik" });
    assertForbidden(await browser.submit(page, { button: "allow" }));
  });

  test("a form without a decision decides nothing", async () => {
    const { browser, page } = await pageOf("consent");
    for (const decision of ["", "yes", "ALLOW"]) assertLocal(await post("consent", hidden(page), { browser, fields: { decision } }));
  });

  test("a page that was open for too long begins anew, and what was typed is not looked at", async () => {
    const brief = await startProvider({ vars: { INTERACTION_LIFETIME: 1 } });
    try {
      await createUser(brief, "diana", DIANA);
      const patient = await register(brief);
      const browser = new Browser(brief);
      const page = await browser.get(brief.issuer + authorizationRequest(patient).path);
      await new Promise((resolve) => setTimeout(resolve, 1100));
      await brief.resetCounts();
      const anew = await signIn(browser, page);
      assertLocal(anew, "too long");
      assert.equal((await brief.counts()).objects.USERS, 0);
      assert.notEqual(hidden(anew), hidden(page));
      assert.equal(anew.headers["set-cookie"], undefined);
    } finally {
      await brief.stop();
    }
  });
});

describe("33. double submit, back and reload", () => {
  test("allowing twice, one after another and at once, gives one code, and none once it is redeemed", async () => {
    const { browser, page, client: fresh } = await pageOf("consent");
    const answers = [await browser.submit(page, { button: "allow" })];
    answers.push(...(await Promise.all(Array.from({ length: 5 }, () => browser.submit(page, { button: "allow" })))));
    const codes = new Set(answers.map((answer) => answerAt(page.request, answer).code));
    assert.equal(codes.size, 1);
    assert.equal((await redeem(op, fresh, { ...page.request, code: [...codes][0] })).status, 200);
    for (const button of ["allow", "deny"]) {
      const late = await browser.submit(page, { button });
      assert.equal(late.status, 409);
      assertLocal(late, "already complete");
    }
  });

  test("signing in twice with one form gives one code", async () => {
    const remembered = await register(op);
    await flow(op, remembered);
    const browser = new Browser(op);
    const page = await open(browser, {}, remembered);
    const answers = [await signIn(browser, page), ...(await Promise.all([1, 2, 3].map(() => signIn(browser, page))))];
    const codes = new Set(answers.map((answer) => answerAt(page.request, answer).code));
    assert.equal(codes.size, 1);
    assert.equal((await redeem(op, remembered, { ...page.request, code: [...codes][0] })).status, 200);
    const late = await signIn(browser, page);
    assert.equal(late.status, 409);
    assertLocal(late, "already complete");
    assert.equal(late.headers["set-cookie"], undefined);
  });

  test("a wrong password leaves the form usable", async () => {
    const { browser, page } = await pageOf("login");
    const again = await signIn(browser, page, { password: "wrong" });
    assert.equal(again.status, 400);
    assert.equal(again.root.querySelector("#password").getAttribute("value"), undefined);
    assert.ok((await signIn(browser, again)).root.querySelector("#allow"));
  });

  test("after a refusal the client gets no code", async () => {
    const denied = await flow(op, await register(op), { decision: "deny" });
    assertRedirectError(op, { ...denied.page, request: denied }, "access_denied");
  });
});

describe("consent", () => {
  const asks = async (browser, of, changes) => Boolean((await open(browser, changes, of)).root.querySelector("#allow"));

  test("is remembered for what was allowed, and for no more", async () => {
    const fresh = await register(op);
    const { browser } = await flow(op, fresh, { scope: "openid email" });
    assert.equal(await asks(browser, fresh, { scope: "email openid" }), false);
    assert.equal(await asks(browser, fresh, { scope: "openid" }), false);
    assert.equal(await asks(browser, fresh, { scope: "openid email phone" }), true);
    await flow(op, fresh, { browser, scope: "openid phone" });
    assert.equal(await asks(browser, fresh, { scope: "openid email phone" }), false);
    assert.equal(await asks(browser, client, {}) || (await asks(browser, await register(op), {})), true);
  });

  test("is not remembered when it was denied", async () => {
    const fresh = await register(op);
    const { browser } = await flow(op, fresh, { decision: "deny" });
    assert.equal(await asks(browser, fresh), true);
  });

  test("is remembered for every device of the person", async () => {
    const fresh = await register(op);
    await flow(op, fresh);
    const browser = new Browser(op);
    assert.equal((await signIn(browser, await open(browser, {}, fresh))).status, 303);
  });

  const PLACES = [["a loopback address", "http://127.0.0.1/cb", true], ["an app's own scheme", "com.example.app:/cb", true], ["https", CALLBACK, false]];
  for (const [name, redirect_uri, always] of PLACES) {
    test(`of a public client at ${name} is asked for ${always ? "every time" : "once"}`, async () => {
      const fresh = await register(op, { application_type: always ? "native" : "web", token_endpoint_auth_method: "none", redirect_uris: [redirect_uri] });
      const { browser } = await flow(op, fresh);
      const page = await open(browser, {}, fresh);
      assert.equal(Boolean(page.root.querySelector("#allow")), always);
      const silent = await open(browser, { prompt: "none" }, fresh);
      if (always) assertRedirectError(op, silent, "consent_required");
      else assert.ok(answerAt(silent.request, silent).code);
    });
  }

  test("names the client, where the answer goes, and what is asked for", async () => {
    const fresh = await register(op, { client_name: "Alpine Supply" });
    const browser = new Browser(op);
    const page = await signIn(browser, await open(browser, { scope: "openid email address nonsense" }, fresh));
    const text = page.root.querySelector("main").text;
    for (const word of ["Alpine Supply", "rp.example", "diana", "email address", "postal address"]) assert.ok(text.includes(word), word);
    for (const word of ["phone", "nonsense"]) assert.ok(!text.includes(word), word);
  });
});

describe("31. what is reflected is text", () => {
  const EVIL = [`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onfocus=alert(1) x='`, `</title><svg onload=alert(1)>`, "{{7*7}}"];
  const inert = (page) => {
    assert.equal(page.root.querySelectorAll("script, svg[onload], img[onerror]").length, 0);
    for (const element of page.root.querySelectorAll("*")) assert.ok(!Object.keys(element.attributes).some((name) => name.startsWith("on")), element.outerHTML);
    assert.doesNotMatch(page.text, /<script/i);
  };

  for (const evil of EVIL) {
    test(evil, async () => {
      const fresh = await register(op, { client_name: evil });
      const browser = new Browser(op);
      const page = await open(browser, { state: evil, nonce: evil, login_hint: evil, ui_locales: evil }, fresh);
      inert(page);
      assert.ok(page.root.querySelector("main").text.includes(evil));
      const again = await signIn(browser, page, { username: evil, password: evil });
      inert(again);
      assert.equal(again.root.querySelector("#username").getAttribute("value"), evil);
      inert(await signIn(browser, again));
      for (const changes of [{ client_id: evil }, { redirect_uri: evil }]) inert(await open(browser, changes, fresh));
      assert.doesNotMatch((await op.request(`/${encodeURIComponent(evil)}`)).text, /</);
    });
  }
});

describe("34. headers", () => {
  const SHA256 = /^'sha256-[\w+/]{43}='$/;
  const policyOf = (answer) => Object.fromEntries(answer.headers["content-security-policy"].split("; ").map((directive) => directive.split(/ (.*)/)));

  /** Every kind of page there is. */
  async function everyPage() {
    const browser = new Browser(op);
    const login = await open(browser, {}, await register(op));
    const consent = await signIn(browser, login);
    const done = await browser.submit(consent, { button: "allow" });
    return {
      home: await op.request("/"),
      login,
      "wrong password": await post("login", hidden(login), { browser, fields: { password: "x" } }),
      consent,
      forbidden: await post("login", "x"),
      "cannot be answered": await op.request("/authorization"),
      "redirect with a code": done,
    };
  }

  test("no page is framed, kept, or lets anything run or load", async () => {
    for (const [name, answer] of Object.entries(await everyPage())) {
      const { headers, text } = answer;
      assert.equal(headers["x-frame-options"], "DENY", name);
      assert.equal(headers["x-content-type-options"], "nosniff", name);
      assert.equal(headers["referrer-policy"], "no-referrer", name);
      assert.equal(headers["cache-control"], "no-store", name);
      if (name.startsWith("redirect")) continue;
      assert.equal(headers["content-type"], "text/html; charset=utf-8", name);
      const { "style-src": style, "form-action": form, "img-src": image, ...rest } = policyOf(answer);
      assert.deepEqual(rest, { "default-src": "'none'", "base-uri": "'none'", "frame-ancestors": "'none'" }, name);
      assert.match(style, SHA256, name);
      assert.equal(image, "'self'", name);
      assert.equal(form, text.includes("<form") ? "'self' https:" : "'none'", name);
      assert.doesNotMatch(text, /<script|<iframe|<object|\son\w+=|style=|(src|href)="(https?:)?\/\//, name);
    }
  });

  test("a client's logo is the one thing from elsewhere, and its directive is not the client's to write", async () => {
    const fresh = await register(op, { logo_uri: "https://cdn.example/logo.png", redirect_uris: ["https://rp.example/cb;script-src"] });
    const page = await open(new Browser(op), {}, fresh);
    assert.equal(policyOf(page)["img-src"], "'self' https://cdn.example");
    assert.equal(policyOf(page)["form-action"], "'self' https:");
    assert.deepEqual(page.root.querySelectorAll("main img").map((image) => image.getAttribute("src")), ["https://cdn.example/logo.png"]);
  });
});
