// Signing out: what a client asks for, what a person is shown, and what the client is told.
import assert from "node:assert/strict";
import { Browser } from "../harness/browserless.mjs";
import { tokensOf } from "./back_channel.mjs";
import { decrypted, read } from "./client_keys.mjs";
import { granted, open, postingPage } from "./front_channel.mjs";

/** Signs a person in for a client: { browser, done, tokens, hint }, `hint` being the ID token. */
export async function signedIn(op, client, { browser, username, ...changes } = {}) {
  const done = await granted(op, client, changes, { browser, username });
  const tokens = await tokensOf(op, client, done);
  return { browser: done.browser, done, tokens, hint: tokens.id_token };
}

/** Sends a browser to the end session endpoint, from a page of the client's: the page or the redirect that it ends in. A field that is a list repeats. */
export async function endSession(op, browser, fields = {}, { method = "GET", headers } = {}) {
  const { end_session_endpoint: endpoint } = (await op.request("/.well-known/openid-configuration")).json();
  const pairs = Object.entries(fields).flatMap(([name, value]) => [value].flat().map((one) => [name, one]));
  const from = { url: "https://rp.example/", headers: {} };
  if (method === "GET") return browser.get(`${endpoint}?${new URLSearchParams(pairs)}`, { from, headers });
  const page = await browser.submit(postingPage(endpoint, pairs), { headers });
  // The provider may have it sent again from its own site, because cookies do not come along with another site's form.
  const again = page.location && new URL(page.location, page.url).href.startsWith(`${endpoint}?`);
  return again ? browser.follow(page) : page;
}

/** Presses a button of the page that asks, "logout-yes" or "logout-no". */
export function decide(browser, page, id) {
  const button = page.root.querySelector(`button#${id}`) ?? assert.fail(`no #${id}: ${page.status} ${page.location ?? wordsOf(page)}`);
  return browser.submit(page, { form: `form:has(#${id})`, button: button.getAttribute("value") });
}

/** What a page says to the person. */
export const wordsOf = ({ root }) => root.querySelector("main")?.structuredText ?? "";

/** It is a page that says so, and leads nowhere by itself. */
export function assertSays(page, status, words) {
  assert.equal(page.status, status, page.location ?? wordsOf(page));
  assert.equal(page.location, undefined);
  assert.match(page.headers["content-type"], /^text\/html/);
  assert.match(page.headers["cache-control"], /no-store/);
  assert.doesNotMatch(page.text, /http-equiv|<script/i);
  assert.ok(wordsOf(page).includes(words), `"${words}" is not in: ${wordsOf(page)}`);
}

export const assertAsks = (page) => assert.ok(page.status === 200 && page.root.querySelector("#logout-yes"), `${page.status} ${wordsOf(page)}`);

/** Whether somebody is signed in at a browser. */
export async function isSignedIn(op, client, browser) {
  const page = await open(op, client, { prompt: "none" }, { browser });
  const { error } = Object.fromEntries(new URL(page.location ?? assert.fail(wordsOf(page))).searchParams);
  assert.ok([undefined, "consent_required", "login_required"].includes(error), error);
  return error !== "login_required";
}

/** Another browser with the same cookies, as somebody has it who has copied them. */
export function copyOf(op, browser) {
  const copy = new Browser(op);
  const url = new URL(op.issuer);
  copy.cookies.store(url, browser.cookies.for(url).map(({ name, value }) => `${name}=${value}; Path=/; Secure`));
  return copy;
}

/** The logout token that has come to a client's server, checked as a client would: { header, claims }. */
export async function logoutToken(op, client, { method, headers, query, fields }) {
  assert.deepEqual([method, headers["content-type"], query], ["POST", "application/x-www-form-urlencoded", []]);
  assert.deepEqual(fields.map(([name]) => name), ["logout_token"]);
  const { id_token_encrypted_response_alg: alg, id_token_encrypted_response_enc: enc, id_token_signed_response_alg: signing = "RS256" } = client;
  const token = alg ? await decrypted(client, fields[0][1], { alg, enc }) : fields[0][1];
  return read(op, client, token, { alg: signing === "none" ? "RS256" : signing, typ: "logout+jwt" });
}
