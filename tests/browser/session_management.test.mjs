// Clients' pages ask the session frame, in a real browser, whether the person is still signed in as before (OpenID Connect Session Management 1.0).
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { createUser, startProvider } from "../worker/harness/provider.mjs";
import { authorizationRequest, register } from "../worker/support/relying_party.mjs";
import { startTlsProxy } from "../worker/support/tls_proxy.mjs";
import { person, signIn, startChromium, startChromiumWithThirdPartyCookies } from "./support/chromium.mjs";
import { ask, embed, startPages } from "./support/session_pages.mjs";

const PASSWORD = "correct horse battery staple";

let browser, op, shop, other, evil, client, otherClient;
let people = [];
let accounts = 0;

/** A client whose page is at `site`. */
const clientOf = (provider, site) => register(provider, { redirect_uris: [`${site.origin}/callback`] });

/** Somebody with a browser that is watched until the test is over, and with an account of their own. */
async function somebody({ provider = op, chromium = browser, ...options } = {}) {
  const username = `person-${++accounts}`;
  await createUser(provider, username, { password: PASSWORD });
  const one = { ...(await person(chromium, { op: provider, ...options })), username, provider };
  people.push(one);
  return one;
}

/** Signs in, as far as that is needed, and arrives at the client's page: the question that the page may ask from then on. */
async function enter({ page, username, provider }, of = client, changes = {}) {
  await page.goto(provider.issuer + authorizationRequest(of, changes).path);
  if (await page.locator("#login").count()) await signIn(page, username, PASSWORD);
  const arrived = (url) => url.href.startsWith(of.redirect_uris[0]);
  await Promise.race([page.waitForURL(arrived), page.locator("#allow").waitFor().catch(() => {})]);
  if (!arrived(new URL(page.url()))) await page.locator("#allow").click();
  await page.waitForURL(arrived);
  return `${of.client_id} ${new URL(page.url()).searchParams.get("session_state")}`;
}

/** The page's two frames, as the specification draws them: that of the provider is `op`, that of the client asks it. */
async function frames(page, site = shop, { issuer = op.issuer, around = "/" } = {}) {
  await page.goto(site.origin + around);
  const frame = await embed(page, "op", `${issuer}/check_session`);
  const rp = await embed(page, "rp", `${site.origin}/`);
  return { frame, rp, ask: (question) => ask(rp, question, { issuer }) };
}

/** Opens the session frame as a page by itself, from the page that is open: `popup` there. */
async function popUp({ page, context }, issuer) {
  const opened = context.waitForEvent("page");
  await page.evaluate((address) => void (window.popup = open(address)), `${issuer}/check_session`);
  const popup = await opened;
  await popup.waitForLoadState();
  return popup;
}

before(async () => {
  [op, browser, shop, other, evil] = await Promise.all([startProvider({ vars: { REGISTRATION_LIMIT: 1000 } }), startChromium(), startPages(), startPages(), startPages()]);
  client = await clientOf(op, shop);
  otherClient = await clientOf(op, other);
});
after(async () => {
  await browser?.close();
  await Promise.all([shop, other, evil, op].map((one) => one?.stop()));
});

/** Whatever a test does: no complaint of the browser, and no failure of the provider. */
afterEach(async () => {
  const watched = people.map((one) => one.watched);
  await Promise.all(people.map((one) => one.context.close()));
  people = [];
  for (const { complaints, statuses } of watched) {
    assert.deepEqual(complaints, []);
    assert.deepEqual(statuses.filter((status) => status >= 400), []);
  }
});

test("unchanged while signed in, after a reload, and for a second client with a session_state of its own", async () => {
  const one = await somebody();
  const question = await enter(one);
  for (let round = 0; round < 2; round++) assert.equal(await (await frames(one.page)).ask(question), "unchanged");
  const otherQuestion = await enter(one, otherClient);
  assert.equal(await (await frames(one.page, other)).ask(otherQuestion), "unchanged");
  const again = await enter(one);
  assert.notEqual(again, question, "the salt is new");
  const here = await frames(one.page);
  assert.deepEqual([await here.ask(question), await here.ask(again)], ["unchanged", "unchanged"]);
  assert.equal(await ask(one.page, question, { issuer: op.issuer, to: "op" }), "unchanged", "the page itself may ask, without a frame of its own");
});

test("a session_state is of no use to another client, nor on another origin", async () => {
  const one = await somebody();
  const [id, state] = (await enter(one)).split(" ");
  const [otherId, otherState] = (await enter(one, otherClient)).split(" ");
  const here = await frames(one.page);
  const questions = [`${id} ${state}`, `${otherId} ${state}`, `${id} ${otherState}`, `${otherId} ${otherState}`, `${id} ${state.replace(/.$/, "_")}`];
  const answers = [];
  for (const question of questions) answers.push(await here.ask(question));
  assert.deepEqual(answers, ["unchanged", "changed", "changed", "changed", "changed"]);
  const there = await frames(one.page, other);
  assert.equal(await there.ask(`${id} ${state}`), "changed");
});

test("changed after a new sign-in, for every client, in frames that stay open", async () => {
  const one = await somebody();
  const question = await enter(one);
  const otherQuestion = await enter(one, otherClient);
  const here = await frames(one.page);
  assert.equal(await here.ask(question), "unchanged");
  // In another tab.
  const tab = { ...one, page: await one.context.newPage() };
  const anew = await enter(tab, client, { prompt: "login" });
  assert.deepEqual([await here.ask(question), await here.ask(anew)], ["changed", "unchanged"]);
  assert.equal(await (await frames(one.page, other)).ask(otherQuestion), "changed");
});

test("changed once the session is gone from the browser", async () => {
  const one = await somebody();
  const question = await enter(one);
  const here = await frames(one.page);
  assert.equal(await here.ask(question), "unchanged");
  await one.context.clearCookies({ name: /^treeline-s/ });
  assert.equal(await here.ask(question), "changed");
  const stranger = await somebody();
  assert.equal(await (await frames(stranger.page)).ask(question), "changed", "and where there never was one");
});

test("error for what is no question", async () => {
  const one = await somebody();
  const question = await enter(one);
  const [id, state] = question.split(" ");
  const here = await frames(one.page);
  const malformed = ["", " ", "x", id, state, `${id}  ${state}`, ` ${question}`, `${question} `, `${question}\n`, `${id} ${state.replace(".", "")}`, `${question}.x`,
    `${id} .`, `${id} ${state.split(".")[0]}.`, `${id}\t${state}`, ` ${state}`, `é${question}`, null, 1, true, {}, [question], { toString: question }, [id, state]];
  for (const text of malformed) assert.equal(await here.ask(text), "error", JSON.stringify(text));
  assert.equal(await here.ask(question), "unchanged");
});

describe("nobody of another origin than the page around the frame is answered", () => {
  let one, question;

  /** Fails where an answer comes, right or wrong. */
  const assertSilence = async (frame, to) => {
    for (const text of [question, "malformed"]) assert.equal(await ask(frame, text, { issuer: op.issuer, to }), "silence");
  };

  const begin = async () => {
    one = await somebody();
    question = await enter(one);
  };

  test("no frame of another site in the client's page", async () => {
    await begin();
    const here = await frames(one.page);
    await assertSilence(await embed(one.page, "evil", evil.origin));
    assert.equal(await here.ask(question), "unchanged");
  });

  test("no client's frame in another site's page, which frames both", async () => {
    await begin();
    await one.page.goto(evil.origin);
    await embed(one.page, "op", `${op.issuer}/check_session`);
    await assertSilence(await embed(one.page, "rp", shop.origin));
    // The page around may ask, and has nothing to ask with.
    assert.equal(await ask(one.page, question, { issuer: op.issuer, to: "op" }), "changed");
  });

  test("no page around the page around", async () => {
    await begin();
    await one.page.goto(shop.origin);
    const inner = await embed(one.page, "inner", evil.origin);
    await embed(inner, "op", `${op.issuer}/check_session`);
    await assertSilence(one.page, "inner.op");
  });

  test("no page without an origin", async () => {
    await begin();
    const here = await frames(one.page);
    const sandboxed = await embed(one.page, "evil", shop.origin, { sandbox: "allow-scripts" });
    await assertSilence(sandboxed);
    assert.equal(await here.ask(question), "unchanged");
    const closed = await embed(sandboxed, "op", `${op.issuer}/check_session`);
    assert.equal(await closed.evaluate(() => origin), "null");
    await assertSilence(sandboxed, "op");
  });

  test("nobody where it is in no frame", async () => {
    await begin();
    await one.page.goto(shop.origin);
    await popUp(one, op.issuer);
    await assertSilence(one.page, "popup");
  });
});

test("a frame that may not see cookies says that it does not know", async () => {
  const one = await somebody();
  const question = await enter(one);
  await one.page.goto(shop.origin);
  await embed(one.page, "op", `${op.issuer}/check_session`, { sandbox: "allow-scripts" });
  assert.equal(await one.page.evaluate(([question]) => new Promise((resolve) => {
    addEventListener("message", ({ data }) => resolve(data));
    window.op.postMessage(question, "*");
  }), [question]), "error");
});

test("a flood of questions asks nothing of the provider", async () => {
  const one = await somebody();
  const question = await enter(one);
  const { rp } = await frames(one.page);
  const asked = [];
  one.context.on("request", (request) => asked.push(request.url()));
  const answers = await rp.evaluate((question) => new Promise((resolve) => {
    const answers = {};
    let open = 5000;
    addEventListener("message", ({ data }) => {
      answers[data] = (answers[data] ?? 0) + 1;
      if (--open === 0) resolve(answers);
    });
    for (let i = 0; i < 5000; i++) parent.op.postMessage(i % 2 ? question : "malformed", "*");
  }), question);
  assert.deepEqual(answers, { error: 2500, unchanged: 2500 });
  assert.deepEqual(asked, []);
});

// Firefox has no location.ancestorOrigins. Here the script runs without them, on a page of its own that has the same cookies because it is on the same host.
describe("where the browser does not tell which pages are around a frame", () => {
  let double;

  before(async () => {
    double = await startPages();
    const script = /<script>(.*)<\/script>/s.exec((await op.request("/check_session")).text)[1];
    const page = `<!doctype html><script>((location) => {${script}})({ protocol: location.protocol })</script>`;
    double.publish("/check_session", page, { type: "text/html" });
  });
  after(() => double?.stop());

  test("the referrer does", async () => {
    const one = await somebody();
    const question = await enter(one);
    const issuer = double.origin;
    const here = await frames(one.page, shop, { issuer });
    assert.equal(await here.ask(question), "unchanged");
    assert.equal(await ask(await embed(one.page, "evil", evil.origin), question, { issuer }), "silence");
  });

  test("the referrer of a page that is in no frame is nobody", async () => {
    const one = await somebody();
    const question = await enter(one);
    await one.page.goto(shop.origin);
    const popup = await popUp(one, double.origin);
    assert.equal(await popup.evaluate(() => document.referrer), `${shop.origin}/`);
    assert.equal(await ask(one.page, question, { issuer: double.origin, to: "popup" }), "silence");
  });

  test("and without a referrer only the page and its own frames are answered", async () => {
    const one = await somebody();
    const question = await enter(one);
    const issuer = double.origin;
    const here = await frames(one.page, shop, { issuer, around: "/discreet" });
    assert.equal(await here.frame.evaluate(() => document.referrer), "");
    assert.equal(await here.ask(question), "unchanged");
    assert.equal(await ask(one.page, question, { issuer, to: "op" }), "unchanged");
    const inner = await embed(here.rp, "inner", `${shop.origin}/`);
    assert.equal(await ask(inner, question, { issuer, to: "parent.parent.op" }), "silence");
  });
});

describe("over https, with the client on another site", () => {
  let proxy, secure, front, behind, site, itsClient;

  before(async () => {
    [proxy, front, behind] = await Promise.all([startTlsProxy(), startTlsProxy(), startPages()]);
    secure = await startProvider({ issuer: proxy.origin });
    proxy.forwardTo(secure.url);
    front.forwardTo(behind.origin);
    // An address is a site by itself, and none that a name is part of.
    site = { origin: front.origin.replace("localhost", "127.0.0.1") };
    itsClient = await clientOf(secure, site);
  });
  after(() => Promise.all([proxy, front, behind, secure].map((one) => one?.stop())));

  /** Goes through a session in a browser of that kind: what the frame answers in it. */
  async function answers(thirdPartyCookies) {
    const chromium = await startChromiumWithThirdPartyCookies(thirdPartyCookies);
    try {
      const one = await somebody({ provider: secure, chromium, ignoreHTTPSErrors: true });
      const question = await enter(one, itsClient);
      const here = await frames(one.page, site, secure);
      const tab = { ...one, page: await one.context.newPage() };
      const signedIn = await here.ask(question);
      const same = await here.ask(await enter(tab, itsClient, { prompt: "none" }));
      const anew = await enter(tab, itsClient, { prompt: "login" });
      const result = { signedIn, same, before: await here.ask(question), anew: await here.ask(anew) };
      await one.context.clearCookies({ name: /treeline-s/ });
      return { ...result, gone: await here.ask(anew), malformed: await here.ask("x") };
    } finally {
      await chromium.close();
    }
  }

  test("unchanged, changed by a new sign-in, and changed once the session is gone", async () => {
    const expected = { signedIn: "unchanged", same: "unchanged", before: "changed", anew: "unchanged", gone: "changed", malformed: "error" };
    assert.deepEqual(await answers("allowed"), expected);
  });

  test("error, and never changed, in a browser that keeps cookies from other sites' frames", async () => {
    assert.deepEqual(new Set(Object.values(await answers("blocked"))), new Set(["error"]));
  });
});
