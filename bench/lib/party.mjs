// A relying party and the person at it, without a library: what a contender is asked, from a description of it (its target) alone.
//
// A target is { issuer, address: where the issuer is reached, paths, callback, clients: { web, offline, opaque }, users: [{ username, password, cookie }] }.
import { createHash, randomBytes } from "node:crypto";
import { Browser } from "../../tests/worker/harness/browserless.mjs";
import { request } from "../../tests/worker/harness/http.mjs";
import { Failure } from "./failure.mjs";

const MOST_PAGES = 10;
const ANSWER_LIMIT_MS = 30_000;

const random = () => randomBytes(24).toString("base64url");
const basic = ({ client_id: id, client_secret: secret }) => `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString("base64")}`;

function expected(answer, status, what) {
  if (answer.status !== status) throw new Failure(`${what}: ${answer.status} instead of ${status}: ${answer.location ?? answer.text.slice(0, 500)}`);
  return answer;
}

/** Nothing is waited for that does not come. */
function soon(answer, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Failure(`${what}: no answer within ${ANSWER_LIMIT_MS / 1000} s`)), ANSWER_LIMIT_MS);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

export class Party {
  /** How many requests have been made, and how long the bodies of their answers were. */
  seen = { requests: 0, bytes: 0 };

  constructor(target) {
    this.target = target;
    this.host = new URL(target.issuer).host;
  }

  /** The grants are as they are for whoever comes back: a contender may not do with less than an ID token where it has one. */
  authorization(name) {
    const { callback, clients, paths, scope } = this.target;
    const verifier = randomBytes(32).toString("base64url");
    const fields = {
      client_id: clients[name].client_id,
      redirect_uri: callback,
      response_type: "code",
      scope: clients[name].scope ?? scope,
      state: random(),
      nonce: random(),
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
    };
    return { name, verifier, path: `${paths.authorization}?${new URLSearchParams(fields)}` };
  }

  request(path, { headers, ...rest } = {}) {
    return this.#answer(request(this.target.address + path, { ...rest, headers: { host: this.host, ...headers } }), path);
  }

  async #answer(asked, what) {
    const answer = await soon(asked, what);
    this.seen.requests++;
    this.seen.bytes += Buffer.byteLength(answer.text);
    return answer;
  }

  async read(path, headers) {
    return expected(await this.request(path, { headers }), 200, path);
  }

  #code({ name, verifier }, location) {
    const code = new URL(location).searchParams.get("code");
    if (!code) throw new Failure(`no code in ${location}`);
    return { name, verifier, code };
  }

  /** An authorization request in the browser of somebody who is signed in: { name, verifier, code }. */
  async authorize(name, user) {
    const asked = this.authorization(name);
    let path = asked.path;
    let { cookie } = user;
    for (let pages = 0; pages < MOST_PAGES; pages++) {
      const answer = await this.request(path, { headers: { cookie, accept: "text/html", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" } });
      if (!answer.location) throw new Failure(`${path}: ${answer.status}, a page: ${answer.text.slice(0, 300)}`);
      const to = new URL(answer.location, this.target.issuer);
      if (to.href.startsWith(this.target.callback)) return this.#code(asked, to.href);
      path = to.pathname + to.search;
      const more = [answer.headers["set-cookie"] ?? []].flat().map((line) => line.split(";")[0]);
      cookie = [cookie, ...more].filter(Boolean).join("; ");
    }
    throw new Failure(`${asked.path}: more than ${MOST_PAGES} redirects`);
  }

  /** The same in a fresh browser, by whatever pages come: { name, verifier, code, cookie }. */
  async signIn(name, { username, password }, browser = new Browser({ issuer: this.target.issuer, url: this.target.address })) {
    const asked = this.authorization(name);
    let page = await this.#answer(browser.get(this.target.issuer + asked.path), asked.path);
    for (let pages = 0; pages < MOST_PAGES; pages++) {
      if (page.location && new URL(page.location, page.url).href.startsWith(this.target.callback)) {
        const cookie = browser.cookies.for(new URL(asked.path, this.target.issuer)).map((one) => `${one.name}=${one.value}`).join("; ");
        return { ...this.#code(asked, page.location), cookie };
      }
      page = await this.#answer(this.#next(browser, page, { username, password }), page.url);
    }
    throw new Failure(`${asked.path}: more than ${MOST_PAGES} pages`);
  }

  /** Goes where a page leads: by its redirect, its form for a password, or its button that allows. */
  #next(browser, page, fields) {
    if (page.location) return browser.follow(page);
    if (page.root.querySelector("[type=password]")) return browser.submit(page, { form: "form:has([type=password])", fields });
    if (page.root.querySelector("#allow")) return browser.submit(page, { button: "allow" });
    throw new Failure(`${page.url}: ${page.status}, a page that leads nowhere: ${page.text.slice(0, 300)}`);
  }

  async #token(name, grant) {
    const client = this.target.clients[name];
    const own = client.client_secret ? { headers: { authorization: basic(client) } } : { fields: { client_id: client.client_id } };
    const answer = await this.request(this.target.paths.token, { headers: own.headers, form: { ...own.fields, ...grant } });
    const tokens = expected(answer, 200, this.target.paths.token).json();
    if (!tokens.access_token) throw new Failure(`no access token in ${answer.text}`);
    return { name, ...tokens };
  }

  redeem({ name, verifier, code }) {
    return this.#token(name, { grant_type: "authorization_code", code, redirect_uri: this.target.callback, code_verifier: verifier });
  }

  async refresh({ name, refresh_token: token }) {
    const tokens = await this.#token(name, { grant_type: "refresh_token", refresh_token: token });
    return { refresh_token: token, ...tokens };
  }

  async userinfo(tokens) {
    const headers = { authorization: `Bearer ${tokens.access_token}` };
    const answer = expected(await this.request(this.target.paths.userinfo, { headers }), 200, this.target.paths.userinfo);
    if (!answer.json().sub) throw new Failure(`userinfo without sub: ${answer.text}`);
    return tokens;
  }

  async introspect(tokens) {
    const headers = { authorization: basic(this.target.clients[tokens.name]) };
    const answer = await this.request(this.target.paths.introspection, { headers, form: { token: tokens.access_token } });
    if (expected(answer, 200, this.target.paths.introspection).json().active !== true) throw new Failure(`not active: ${answer.text}`);
    return tokens;
  }
}
