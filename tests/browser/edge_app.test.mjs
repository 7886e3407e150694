// examples/edge-app in Chromium: people sign in there, see their claims, and are signed out wherever the session ends.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { SignJWT, generateKeyPair } from "jose";
import * as oidc from "openid-client";
import { request } from "../worker/harness/http.mjs";
import { createUser, startProvider } from "../worker/harness/provider.mjs";
import { PASSWORD } from "../worker/support/relying_party.mjs";
import { leave, person, signIn, startChromium } from "./support/chromium.mjs";
import { assertForgotten, shown, startEdgeApp } from "./support/edge_app.mjs";
import { startRelyingParty } from "./support/relying_party.mjs";

const EVENTS = { "http://schemas.openid.net/event/backchannel-logout": {} };

let op, browser, app, shop;
const people = [];
let accounts = 0;

before(async () => {
  [op, browser] = await Promise.all([startProvider(), startChromium()]);
  app = await startEdgeApp(op);
  shop = await startRelyingParty(op, (origin) => ({ post_logout_redirect_uris: [`${origin}/bye`] }));
});

after(async () => {
  await browser?.close();
  await Promise.all([shop?.stop(), op?.stop()]);
});

afterEach(async () => {
  await leave(people.splice(0), [op.issuer, app.origin, shop.origin]);
});

/** Somebody who has signed in at the app: { page, context, claims }. */
async function signedIn() {
  const one = await person(browser, { op });
  people.push(one);
  const username = `person${++accounts}`;
  const claims = { name: `<b>Person ${accounts}</b>`, email: `${username}@example.com` };
  await createUser(op, username, { password: PASSWORD, claims });
  await one.page.goto(app.origin);
  await signIn(one.page, username, PASSWORD);
  await allow(one.page);
  return { ...one, claims };
}

async function allow(page) {
  await page.locator("#allow").click();
  await page.waitForURL(`${app.origin}/`);
}

/** The app's cookie, which leads to the session: the `sid` and the secret. */
async function cookieOf(context) {
  const cookies = await context.cookies(app.origin);
  return cookies.find(({ name }) => name === "__Host-edge-app");
}

/** What the app answers to whoever holds a cookie. */
const withCookie = ({ name }, value) => request(app.origin, { headers: { cookie: `${name}=${value}` } });

test("somebody signs in, sees the claims, and stays", async () => {
  const { page, context, claims } = await signedIn();
  const { sub, ...rest } = await shown(page);
  assert.deepEqual({ ...rest, ...claims }, rest);
  assert.ok(sub);
  await page.reload();
  assert.deepEqual(await shown(page), { sub, ...rest });
  const { httpOnly, secure, sameSite, path } = await cookieOf(context);
  assert.deepEqual({ httpOnly, secure, sameSite, path }, { httpOnly: true, secure: true, sameSite: "Lax", path: "/" });
});

test("signing out at the app ends the session at both, and a cookie that was copied opens nothing", async () => {
  const { page, context } = await signedIn();
  const cookie = await cookieOf(context);
  assert.equal((await withCookie(cookie, cookie.value)).status, 200);
  await page.getByRole("button", { name: "Sign out" }).click();
  // By way of the end session endpoint back to the app, which asks the provider again: nobody is signed in there.
  await page.locator("#login").waitFor();
  assert.equal((await withCookie(cookie, cookie.value)).status, 302);
});

test("a cookie without the secret opens nothing", async () => {
  const { context } = await signedIn();
  const cookie = await cookieOf(context);
  const [sid] = cookie.value.split(".");
  for (const value of [sid, `${sid}.`, `${sid}.ended`, `${sid}.${"x".repeat(43)}`]) assert.equal((await withCookie(cookie, value)).status, 302);
});

test("signing out at the provider's account page ends the session at the app", async () => {
  const { page } = await signedIn();
  await page.goto(`${op.issuer}/account`);
  await page.getByRole("button", { name: "Sign out everywhere" }).click();
  await page.getByRole("heading", { name: "You are signed out" }).waitFor();
  await assertForgotten(page, app, op);
  await page.locator("#login").waitFor();
});

test("signing out at another application does so too", async () => {
  const { page } = await signedIn();
  const flow = await shop.begin();
  await page.goto(flow.url);
  await page.locator("#allow").click();
  await page.waitForURL((url) => url.href.startsWith(shop.redirectUri));
  const { tokens } = await shop.finish(flow, page.url());
  await page.goto(oidc.buildEndSessionUrl(shop.config, { post_logout_redirect_uri: `${shop.origin}/bye`, id_token_hint: tokens.id_token }).href);
  await assertForgotten(page, app, op);
});

test("somebody whose access was withdrawn comes back in the same login", async () => {
  const { page, claims } = await signedIn();
  await page.goto(`${op.issuer}/account`);
  await page.getByRole("button", { name: "Withdraw access Edge app" }).click();
  await page.getByRole("status").waitFor();
  await assertForgotten(page, app, op);
  // A token of the same second could be one of before.
  await page.waitForTimeout(1000);
  await allow(page);
  assert.equal((await shown(page)).name, claims.name);
});

test("what is no logout token of the provider's for this app ends nothing", async () => {
  const { page, context } = await signedIn();
  const [sid] = (await cookieOf(context)).value.split(".");
  const { privateKey } = await generateKeyPair("RS256");
  const { keys: [{ kid }] } = (await op.request("/jwks")).json();
  const claims = { iss: op.issuer, aud: app.client.client_id, sid, jti: "1", events: EVENTS };
  const signed = new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid, typ: "logout+jwt" }).setIssuedAt().setExpirationTime("1m");
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const unsigned = `${part({ alg: "none", typ: "logout+jwt" })}.${part({ ...claims, iat: 1, exp: 1e10 })}.`;
  for (const logout_token of [await signed.sign(privateKey), unsigned, "x", ""]) {
    assert.equal((await request(`${app.origin}/backchannel_logout`, { form: { logout_token } })).status, 400);
  }
  assert.equal((await request(`${app.origin}/backchannel_logout`, { json: {} })).status, 400);
  await page.reload();
  await shown(page);
});
