// People sign out in a real browser, and every site that they used with this session learns of it by both channels.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { decodeJwt } from "jose";
import * as oidc from "openid-client";
import { createUser, startProvider } from "../worker/harness/provider.mjs";
import { leave, person, picture, signIn, startChromium } from "./support/chromium.mjs";
import { startRelyingParty } from "./support/relying_party.mjs";

const PASSWORD = "correct horse battery staple";
const EVENT = "http://schemas.openid.net/event/backchannel-logout";
let op, browser, shop, depot;
const people = [];
let accounts = 0;

const bothChannels = (origin) => ({
  post_logout_redirect_uris: [`${origin}/bye`],
  frontchannel_logout_uri: `${origin}/front?app=1`,
  frontchannel_logout_session_required: true,
  backchannel_logout_uri: `${origin}/back`,
  backchannel_logout_session_required: true,
});

before(async () => {
  [op, browser] = await Promise.all([startProvider(), startChromium()]);
  shop = await startRelyingParty(op, bothChannels);
  depot = await startRelyingParty(op, bothChannels);
});

after(async () => {
  await browser?.close();
  await Promise.all([shop?.stop(), depot?.stop(), op?.stop()]);
});

afterEach(async () => {
  try {
    await leave(people.splice(0), [op.issuer, shop.origin, depot.origin]);
  } finally {
    for (const site of [shop, depot]) {
      site.requests.length = 0;
      site.posted.length = 0;
      site.silent.clear();
    }
  }
});

/** Somebody who is signed in at sites: { page, username, idTokens }. */
async function signedIn(sites, options) {
  const one = await person(browser, { op, ...options });
  people.push(one);
  const username = `person${++accounts}`;
  await createUser(op, username, { password: PASSWORD });
  const idTokens = [];
  for (const site of sites) {
    const flow = await site.begin();
    await one.page.goto(flow.url);
    if (await one.page.locator("#login").count()) await signIn(one.page, username, PASSWORD);
    await one.page.locator("#allow").click();
    await one.page.waitForURL((url) => url.href.startsWith(site.redirectUri));
    idTokens.push((await site.finish(flow, one.page.url())).tokens.id_token);
  }
  return { ...one, username, idTokens };
}

const endSessionUrl = (site, id_token_hint, state = "a state with ü & more") =>
  oidc.buildEndSessionUrl(site.config, { post_logout_redirect_uri: `${site.origin}/bye`, id_token_hint, state }).href;

/** The query with which a site's front-channel page was loaded, which has to have been once. */
function loaded(site) {
  const requests = site.requests.filter((line) => line.startsWith("GET /front"));
  assert.equal(requests.length, 1, `${requests}`);
  return Object.fromEntries(new URL(requests[0].slice(4), site.origin).searchParams);
}

/** The claims of the logout token that a site has received, or receives soon. */
async function told(site) {
  while (!site.posted.length) await new Promise((resolve) => setTimeout(resolve, 20));
  const [{ fields }, ...others] = site.posted;
  assert.deepEqual([[...fields.keys()], others.length], [["logout_token"], 0]);
  return decodeJwt(fields.get("logout_token"));
}

/** Both sites have learned by both channels of the session that their own ID token names. */
async function assertAllKnow(idTokens) {
  for (const [i, site] of [shop, depot].entries()) {
    const { sid, sub } = decodeJwt(idTokens[i]);
    assert.deepEqual(loaded(site), { app: "1", iss: op.issuer, sid });
    const token = await told(site);
    assert.deepEqual([token.sid, token.sub, token.events], [sid, sub, { [EVENT]: {} }]);
  }
  assert.notEqual(decodeJwt(idTokens[0]).sid, decodeJwt(idTokens[1]).sid);
}

async function assertSignedOut(page) {
  await page.goto((await shop.begin({ prompt: "none" })).url);
  assert.equal(new URL(page.url()).searchParams.get("error"), "login_required");
}

test("one site's sign-out reaches both by both channels, and the person comes back with the state", async () => {
  const { page, idTokens } = await signedIn([shop, depot]);
  await page.goto(endSessionUrl(shop, idTokens[0]));
  await page.waitForURL((url) => url.href.startsWith(`${shop.origin}/bye`));
  assert.deepEqual(Object.fromEntries(new URL(page.url()).searchParams), { state: "a state with ü & more" });
  await assertAllKnow(idTokens);
  await assertSignedOut(page);
});

test("with scripts off the page says what has happened, and a link leads back", async () => {
  const { page, idTokens } = await signedIn([shop, depot], { scripts: false });
  await page.goto(endSessionUrl(shop, idTokens[0]), { waitUntil: "load" });
  await page.getByRole("heading", { name: "You are signed out" }).waitFor();
  await picture(page, "signed-out-without-scripts");
  await assertAllKnow(idTokens);
  await page.getByRole("link", { name: "Continue" }).click();
  await page.waitForURL((url) => url.href.startsWith(`${shop.origin}/bye`));
  await assertSignedOut(page);
});

test("a site whose page never comes does not keep the person", async () => {
  const { page, idTokens } = await signedIn([shop, depot]);
  depot.silent.add("/front");
  await page.goto(endSessionUrl(shop, idTokens[0]), { waitUntil: "commit" });
  await page.waitForURL((url) => url.href.startsWith(`${shop.origin}/bye`));
  await Promise.all([told(shop), told(depot)]);
  await assertSignedOut(page);
});

describe("somebody who comes without an ID token", () => {
  test("is asked, and signs out by the keyboard alone", async () => {
    const { page, idTokens, username } = await signedIn([shop, depot]);
    await page.goto(`${op.issuer}/session`);
    await page.getByText(`You are signed in as ${username}.`).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "You are signed out" }).waitFor();
    await assertAllKnow(idTokens);
    await assertSignedOut(page);
  });

  test("may stay", async () => {
    const { page } = await signedIn([shop]);
    await page.goto(`${op.issuer}/session`);
    await page.getByRole("button", { name: "Stay signed in" }).click();
    await page.getByRole("heading", { name: "You are still signed in" }).waitFor();
    await page.goto((await shop.begin({ prompt: "none" })).url);
    assert.ok(new URL(page.url()).searchParams.get("code"));
    assert.deepEqual(shop.posted, []);
  });
});

test("a form on the site itself signs out, though its browser keeps the cookie from it", async () => {
  const { page, idTokens } = await signedIn([shop]);
  await page.goto(shop.origin);
  await page.evaluate(([action, fields]) => {
    const form = Object.assign(document.createElement("form"), { method: "post", action });
    for (const [name, value] of Object.entries(fields)) form.append(Object.assign(document.createElement("input"), { name, value }));
    document.body.append(form);
    form.submit();
  }, [`${op.issuer}/session`, { id_token_hint: idTokens[0], post_logout_redirect_uri: `${shop.origin}/bye`, state: "s" }]);
  await page.waitForURL((url) => url.href === `${shop.origin}/bye?state=s`);
  await assertSignedOut(page);
});
