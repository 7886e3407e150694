// What docs/topics/connecting.md shows, run as it stands there; only the addresses are this machine's.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { buildSync } from "esbuild";
import { Browser } from "../worker/harness/browserless.mjs";
import { root } from "../worker/harness/config.mjs";
import { createUser, startProvider } from "../worker/harness/provider.mjs";
import { revoked, tokensOf } from "../worker/support/back_channel.mjs";
import { DIANA, PASSWORD, admin, flow, register, signIn } from "../worker/support/relying_party.mjs";
import { startSite } from "../worker/support/site.mjs";
import { person, signIn as signInByHand, startChromium } from "./support/chromium.mjs";

const page = readFileSync(join(root, "docs/topics/connecting.md"), "utf8");
const blocks = Object.fromEntries([...page.matchAll(/^```js (\S+)\n(.*?)^```$/gms)].map(([, name, code]) => [name, code]));
/** What the commands register, by the name of the section that they stand in. */
const registrations = Object.fromEntries(page.split(/^## /m).slice(1).flatMap((section) => {
  const [, json] = section.match(/registration .*?-d '(\{.*?\})'/s) ?? [];
  return json ? [[section.split("\n")[0], JSON.parse(json)]] : [];
}));

let op, browser, site, app, scratch;

before(async () => {
  // Below the checkout, so that packages are found.
  mkdirSync(join(root, "tests/output"), { recursive: true });
  scratch = mkdtempSync(join(root, "tests/output/connecting-"));
  [op, browser, site] = await Promise.all([startProvider({ vars: { SCOPES: '{"notes:read": []}' } }), startChromium(), startSite()]);
  app = site.origin.replace("127.0.0.1", "localhost");
  await createUser(op, "diana", DIANA);
});
after(async () => {
  await browser?.close();
  await Promise.all([op?.stop(), site?.stop()]);
  rmSync(scratch, { recursive: true, force: true });
});

const here = (text) => text.replaceAll("https://login.example.com", op.issuer).replaceAll("https://app.example.com", app);

/** Registers what the page registers in a section. */
const registered = (section) => register(op, JSON.parse(here(JSON.stringify(registrations[section]))));

/** A block of the page as a file. */
function written(name, { client_id }) {
  const code = here(blocks[name]).replaceAll('"CLIENT_ID"', JSON.stringify(client_id));
  // The one thing that the page says to add where the issuer is http.
  const local = code.replace(/(oidc\.discovery\(.*)\);$/m, "$1, { execute: [oidc.allowInsecureRequests] });");
  assert.equal(local === code, name === "auth.mjs");
  const file = join(scratch, name);
  writeFileSync(file, local);
  return file;
}

/** The same, imported as the client's server would. */
function imported(name, client) {
  Object.assign(process.env, { CLIENT_ID: client.client_id, CLIENT_SECRET: client.client_secret, AUTH_SECRET: "x".repeat(32) });
  return import(pathToFileURL(written(name, client)).href);
}

/** Somebody signs in and allows, from an address of the provider's on: the answer, at the client's address. */
async function goThrough(person, url) {
  const allow = await signIn(person, await person.get(url));
  return person.submit(allow, { button: "allow" });
}

test("every block and every registration of the page is run", () => {
  assert.deepEqual(Object.keys(blocks), ["auth.mjs", "site.mjs", "page.js", "native.mjs", "introspection.mjs"]);
  assert.equal(Object.keys(registrations).length, 5);
});

test("Auth.js", async () => {
  const { handle } = await imported("auth.mjs", await registered("Auth.js"));
  const cookies = new Map();
  /** A request of the person's browser to the site. */
  const visit = async (path, form) => {
    const headers = { cookie: [...cookies].map((pair) => pair.join("=")).join("; ") };
    const init = form ? { method: "POST", body: new URLSearchParams(form), headers } : { headers };
    const answer = await handle(new Request(new URL(path, app), init));
    for (const line of answer.headers.getSetCookie()) {
      const [name, value] = line.split(";")[0].split(/=(.*)/s);
      cookies.set(name, value);
    }
    return answer;
  };
  const { csrfToken } = await (await visit("/auth/csrf")).json();
  const begun = await visit("/auth/signin/treeline", { csrfToken });
  const done = await goThrough(new Browser(op), begun.headers.get("location"));
  assert.ok(done.location.startsWith(`${app}/auth/callback/treeline?`), done.location);
  await visit(done.location);
  const { user } = await (await visit("/auth/session")).json();
  assert.deepEqual([user?.name, user?.email], [DIANA.claims.name, DIANA.claims.email]);
});

test("openid-client", async () => {
  const { begin, finish, end } = await imported("site.mjs", await registered("openid-client"));
  const { url, checks } = await begin();
  const person = new Browser(op);
  const done = await goThrough(person, url);
  const { claims, idToken } = await finish(new URL(done.location), checks);
  assert.deepEqual({ ...claims, email: DIANA.claims.email, name: DIANA.claims.name }, claims);
  const left = await person.get(end(idToken));
  assert.equal(left.location, `${app}/`);
});

test("a single-page application, in Chromium", async () => {
  const file = written("page.js", await registered("A single-page application"));
  const script = buildSync({ entryPoints: [file], bundle: true, format: "esm", write: false }).outputFiles[0].text;
  const html = '<!doctype html><link rel="icon" href="data:,"><button id="sign-in">Sign in</button><p id="who"></p><script type="module" src="/page.js"></script>';
  site.publish("/", html, { type: "text/html" });
  site.publish("/page.js", script, { type: "text/javascript" });
  const one = await person(browser, { op });
  await one.page.goto(app, { waitUntil: "networkidle" });
  await one.page.getByRole("button").click();
  await signInByHand(one.page, "diana", PASSWORD);
  await one.page.locator("#allow").click();
  await one.page.getByText(DIANA.claims.name).waitFor();
  assert.equal(one.page.url(), `${app}/`);
  assert.equal(await one.page.evaluate(() => sessionStorage.length + localStorage.length), 0);
  assert.deepEqual(one.watched.complaints, []);
  await one.context.close();
});

test("a native application", async () => {
  const child = spawn(process.execPath, [written("native.mjs", await registered("A native application"))], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  let noted;
  const address = new Promise((resolve) => (noted = resolve));
  child.stdout.on("data", (chunk) => {
    said += chunk;
    noted(said.match(/browser: (\S+)\n/)?.[1]);
  });
  const ended = new Promise((resolve) => child.once("close", resolve));
  const person = new Browser(op);
  const arrived = await person.follow(await goThrough(person, await address));
  assert.match(arrived.text, /close this window/);
  assert.equal(await ended, 0, said);
  assert.match(said, new RegExp(`^Signed in as ${DIANA.claims.name}\nRefreshed, for 3600 seconds$`, "m"));
});

test("an API that asks by introspection", async () => {
  const api = await registered("An API, or a gateway in front of one");
  const { check } = await imported("introspection.mjs", api);
  const [caller, other] = [await register(op), await register(op)];
  const json = { resources: [api.client_id] };
  assert.equal((await admin(op, `/admin/clients/${caller.client_id}/policy`, { method: "PUT", json })).status, 200);
  const held = async (client) => tokensOf(op, client, await flow(op, client, { scope: "openid notes:read" }));
  const { access_token, id_token } = await held(caller);
  assert.ok(await check(access_token, "notes:read"));
  assert.equal(await check(access_token, "notes:write"), undefined);
  for (const token of [id_token, (await held(other)).access_token, (await held(api)).access_token]) assert.equal(await check(token, "notes:read"), undefined);
  await revoked(op, caller, access_token);
  assert.equal(await check(access_token, "notes:read"), undefined);
});
