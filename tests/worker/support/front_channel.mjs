// Authorization requests of every response type and mode: the pages in between, and what the client is told in the end.
import assert from "node:assert/strict";
import { parse } from "node-html-parser";
import { Browser } from "../harness/browserless.mjs";
import { submission } from "../harness/forms.mjs";
import { CALLBACK, WITHOUT_PKCE, authorizationRequest, signIn } from "./relying_party.mjs";

export const RESPONSE_TYPES = ["code", "id_token", "id_token token", "code id_token", "code token", "code id_token token", "none"];
export const MODES = ["query", "fragment", "form_post"];

/** Registration metadata of a client that may use every response type. */
export const EVERY_FLOW = { response_types: RESPONSE_TYPES, grant_types: ["authorization_code", "implicit", "refresh_token"] };

/** What a response type yields at the authorization endpoint. */
export const yields = (type) =>
  Object.fromEntries(["code", "id_token", "token"].map((name) => [name, type.split(" ").includes(name)]));

/** Whether tokens come from the authorization endpoint, so that nothing may stand in the query. */
export const inFront = (type) => yields(type).id_token || yields(type).token;

/** Whether a request of that type needs a nonce. */
export const needsNonce = (type) => yields(type).id_token;

export const modeOf = (type) => (inFront(type) ? "fragment" : "query");

/** An authorization request as `authorizationRequest` makes it, with PKCE for public clients only. */
export function requestOf(client, changes = {}) {
  const isPublic = client.token_endpoint_auth_method === "none";
  return authorizationRequest(client, { ...(isPublic ? {} : WITHOUT_PKCE), ...changes });
}

/** What `page` tells the client: { mode, entries, answer }; undefined where it is a page for the person. */
export function answerOf(page, redirectUri = CALLBACK) {
  const once = (mode, pairs) => {
    const entries = [...pairs];
    const answer = Object.fromEntries(entries);
    assert.equal(Object.keys(answer).length, entries.length, `a parameter stands twice: ${entries}`);
    return { mode, entries, answer };
  };
  if (page.location?.startsWith(redirectUri)) {
    assert.equal(page.status, 303);
    const rest = page.location.slice(redirectUri.length);
    if (rest.startsWith("#")) return once("fragment", new URLSearchParams(rest.slice(1)));
    assert.ok(rest.startsWith(redirectUri.includes("?") ? "&" : "?"), page.location);
    return once("query", new URLSearchParams(rest.slice(1)));
  }
  const root = page.root ?? parse(page.text);
  const form = root.querySelectorAll("form").find((one) => one.getAttribute("action") === redirectUri);
  if (!form) return undefined;
  assert.equal(page.status, 200);
  const { method, entries } = submission(form, root);
  assert.equal(method, "POST");
  return once("form_post", entries);
}

/** A page of the client's own site with a form that posts `pairs` to the provider. */
export function postingPage(action, pairs) {
  const root = parse(`<form method="post" action="${action}"></form>`);
  const form = root.querySelector("form");
  for (const [name, value] of pairs) {
    const input = parse("<input type=hidden>").querySelector("input");
    input.setAttribute("name", name);
    input.setAttribute("value", value);
    form.appendChild(input);
  }
  return { url: "https://rp.example/", headers: {}, root };
}

/** Opens an authorization request in a browser: the page, with the request. */
export async function open(op, client, changes, { browser = new Browser(op), method = "GET" } = {}) {
  const request = requestOf(client, changes);
  if (method === "GET") return { ...(await browser.get(op.issuer + request.path)), request, browser };
  const page = await browser.submit(postingPage(`${op.issuer}/authorization`, request.pairs));
  // The provider may have it sent again from its own site, because cookies do not come along with another site's form.
  const again = page.location && new URL(page.location, page.url).href.startsWith(`${op.issuer}/authorization?`);
  return { ...(again ? await browser.follow(page) : page), request, browser };
}

/**
 * Goes on from a page of `open`, through sign-in and consent if they come: { request, page, shown, mode, answer, code, ... }.
 * `shown`: the pages that came, "login" and "consent"; `mode` and `answer` are undefined where it ends on a page for the person.
 */
export async function finish(page, { username, password, decision = "allow" } = {}) {
  const { request, browser } = page;
  const shown = [];
  if (page.root.querySelector("#login")) {
    shown.push("login");
    page = await signIn(browser, page, { username, password });
  }
  if (page.root.querySelector("#allow")) {
    shown.push("consent");
    page = await browser.submit(page, { button: decision });
  }
  const answered = answerOf(page, request.fields.redirect_uri) ?? {};
  return { ...request, request, page, shown, browser, ...answered, code: answered.answer?.code };
}

/** From an authorization request to whatever it ends in: `open` and then `finish`. */
export async function visit(op, client, changes, { browser, method, ...person } = {}) {
  return finish(await open(op, client, changes, { browser, method }), person);
}

/** The same, and it has to end at the client without an error. */
export async function granted(op, client, changes, options) {
  const done = await visit(op, client, changes, options);
  const where = done.page.root.querySelector("main")?.text.replace(/\s+/g, " ").trim();
  assert.ok(done.answer, `${done.page.status} ${done.page.location ?? where}`);
  assert.equal(done.answer.error, undefined, JSON.stringify(done.answer));
  return done;
}

const ERROR_MEMBERS = ["error", "error_description", "error_uri", "state", "session_state", "iss"];

/** The result of `visit` or `open` is an error at the client: its code, the request's state, the issuer, and the response mode. */
export function assertRefused(op, result, error, { mode } = {}) {
  const { fields } = result.request;
  const answered = result.answer ? result : answerOf(result, fields.redirect_uri);
  const shown = result.page ?? result;
  assert.ok(answered, `a page instead of ${error}: ${shown.status} ${shown.root.querySelector("title")?.text}`);
  const { answer } = answered;
  assert.equal(answer.error, error, JSON.stringify(answer));
  assert.deepEqual(Object.keys(answer).filter((name) => !ERROR_MEMBERS.includes(name)), []);
  assert.match(answer.error_description ?? "none", /^[ !#-[\]-~]+$/);
  if (typeof fields.state === "string" && fields.state) assert.equal(answer.state, fields.state);
  else assert.ok(!("state" in answer));
  assert.equal(answer.iss, op.issuer);
  if (mode) assert.equal(answered.mode, mode);
}

/** The result shows that page for the person, and no answer. */
export function assertShows(page, id) {
  const seen = page.location ?? page.root.querySelector("h1")?.text;
  assert.ok(page.status === 200 && page.root.querySelector(`#${id}`), `no #${id}: ${page.status} ${seen}`);
}
