// What lies in storage and in the log, once a whole flow has been through: nothing that whoever reads it could use.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { Browser } from "./harness/browserless.mjs";
import { createUser, startProvider } from "./harness/provider.mjs";
import { introspected, refreshed, revoked, worked } from "./support/back_channel.mjs";
import { logged } from "./support/process.mjs";
import {
  DIANA, PASSWORD, admin, authorizationRequest, authorize, bearer, flow, random, redeem, register, signIn, tokens, userinfo,
} from "./support/relying_party.mjs";

const GUESSES = 50;

let op;
const secrets = {};
const known = {};

before(async () => {
  op = await startProvider();
  await createUser(op, "diana", DIANA);
  const client = await register(op, { token_endpoint_auth_method: "client_secret_post" });
  const browser = new Browser(op);
  const request = authorizationRequest(client, { scope: "openid email" });
  const login = await browser.get(op.issuer + request.path);
  await signIn(browser, login, { password: "a wrong password" });
  const consent = await signIn(browser, login);
  const done = await flow(op, client, { browser, scope: "openid email" });
  const bought = await tokens(op, client, done);
  await userinfo(op, bought.access_token);
  // One of each that is still good.
  const fresh = await flow(op, client, { browser });
  const held = await tokens(op, client, await flow(op, client, { browser }));
  await introspected(op, client, held.access_token);
  const offline = async () => tokens(op, client, await flow(op, client, { browser, scope: "openid offline_access", prompt: "consent" }));
  const [first, given] = [await offline(), await offline()];
  const second = await worked(refreshed(op, client, first.refresh_token));
  const third = await worked(refreshed(op, client, second.refresh_token));
  await introspected(op, client, third.refresh_token);
  await revoked(op, client, given.refresh_token);

  const cookie = (name) => browser.cookies.for(new URL(op.issuer)).find((one) => one.name === name).value;
  Object.assign(known, { "client_id": client.client_id, "the user's name": "diana", "the nonce": fresh.fields.nonce });
  Object.assign(secrets, {
    "a used code": done.code,
    "a good code": fresh.code,
    "a verifier": fresh.verifier,
    "an access token that was introspected": held.access_token,
    "its jti": JSON.parse(Buffer.from(held.access_token.split(".")[1], "base64url")).jti,
    "its signature": held.access_token.split(".")[2],
    "a token of a used code": bought.access_token,
    "a refresh token that was used": first.refresh_token,
    "its successor, which was used too": second.refresh_token,
    "a good refresh token": third.refresh_token,
    "a refreshed access token": third.access_token,
    "a refreshed ID token": third.id_token,
    "a revoked refresh token": given.refresh_token,
    "an access token that was revoked with it": given.access_token,
    "an ID token": held.id_token,
    "the client's secret": client.client_secret,
    "the registration token": client.registration_access_token,
    "the session cookie": cookie("treeline-session"),
    "the browser's mark": cookie("treeline-browser"),
    "the login form": login.root.querySelector("input[name=interaction]").getAttribute("value"),
    "the consent form": consent.root.querySelector("input[name=interaction]").getAttribute("value"),
    "the password": PASSWORD,
    "a wrong password": "a wrong password",
    "the seal key": op.secrets.SEAL_KEY,
    "the admin token": op.adminToken,
    "the salt": op.secrets.SUBJECT_SALT,
  });
});
after(() => op?.stop());

/** A value in the forms in which it might lie somewhere: as text, as the bytes that a base64url text stands for, in hexadecimal, in base64. */
function formsOf(value) {
  const bytes = [Buffer.from(value), ...(/^[\w-]{40,}$/.test(value) ? [Buffer.from(value, "base64url")] : [])];
  return bytes.flatMap((one) => ["latin1", "hex", "base64", "base64url"].map((encoding) => one.toString(encoding)));
}

const holds = (text, value) => formsOf(value).some((form) => text.includes(form));
const kvText = async () => JSON.stringify(await op.kvDump());
const objectText = () => op.storageFiles().map((file) => readFileSync(file, "latin1")).join("\n");

describe("at rest", () => {
  for (const [place, read] of Object.entries({ KV: kvText, "the objects": objectText })) {
    test(`${place}: nothing that could be used`, async () => {
      const text = await read();
      const names = Object.keys(place === "KV" ? { client_id: 1 } : known);
      for (const name of names) assert.ok(holds(text, known[name]), `${name} is not found where it has to be`);
      assert.deepEqual(Object.keys(secrets).filter((name) => holds(text, secrets[name])), []);
    });
  }

  test("passwords are hashed with Argon2id, each with a salt of its own", async () => {
    await createUser(op, "erik", DIANA);
    const hashes = [...new Set(objectText().match(/\{"memory":7168,"passes":5,"lanes":1,"salt":"[\w-]{22}","hash":"[\w-]{43}"\}/g))];
    assert.equal(hashes.length, 2);
  });

  test("a registered client and its secret end, in KV as well", async () => {
    const entries = Object.entries(await op.kvDump()).filter(([key]) => key.startsWith("client/"));
    for (const [, { expiration }] of entries) assert.ok(Math.abs(expiration - Date.now() / 1000 - 2_592_000) < 60, expiration);
    assert.ok(entries.length);
  });
});

describe("what nobody knows leaves no trace", () => {
  /** Asks many times and expects that no object was called, nothing written and no file made. */
  async function assertTraceless(asks) {
    const files = op.storageFiles().sort();
    await op.resetCounts();
    await Promise.all(Array.from({ length: GUESSES }, asks));
    const { kv, objects } = await op.counts();
    const called = Object.entries(objects).filter(([, count]) => count);
    assert.deepEqual([called, kv.put, kv.delete], [[], 0, 0]);
    assert.deepEqual(op.storageFiles().sort(), files);
  }
  const status = async (expected, answer) => assert.equal((await answer).status, expected);

  test("invented codes", async () => {
    const client = await register(op);
    await assertTraceless(() => status(400, redeem(op, client, { code: random() + random(), verifier: random() + random(), fields: {} })));
  });
  test("invented access tokens", async () => assertTraceless(() => status(401, userinfo(op, `${random()}.${random()}.${random()}`))));
  test("invented clients", async () => {
    await assertTraceless(() => status(400, authorize(op, { client_id: random().slice(0, 24), redirect_uris: ["https://x.example"] })));
  });
  test("invented sessions", async () => {
    const client = await register(op);
    const cookie = () => `treeline-session=${random() + random()}; treeline-browser=${random()}`;
    await assertTraceless(() => status(200, authorize(op, client, {}, { headers: { cookie: cookie() } })));
  });
  test("invented forms", async () => {
    const form = () => ({ interaction: random() + random(), username: random(), password: "x" });
    await assertTraceless(() => status(403, op.request("/login", { form: form() })));
  });
  test("invented registration tokens", async () => {
    const invented = () => op.request(`/registration_api?client_id=${random().slice(0, 24)}`, { headers: bearer(random()) });
    await assertTraceless(() => status(401, invented()));
  });
  test("users that the operator asks for and who are not there", async () => {
    const before = op.storageFiles();
    for (const path of ["users", "sessions"]) await status(404, admin(op, `/admin/${path}/nobody-${random()}`));
    // workerd makes a file for every object that looks at its storage; there is nothing in it.
    const added = op.storageFiles().filter((file) => !before.includes(file));
    assert.ok(!added.some((file) => readFileSync(file, "latin1").includes("CREATE TABLE meta")));
    await createUser(op, "somebody", DIANA);
    assert.ok(op.storageFiles().some((file) => !before.includes(file) && readFileSync(file, "latin1").includes("CREATE TABLE meta")));
  });
  test("what is refused at the door of the admin API", async () => {
    const strangers = [{}, bearer(""), { authorization: `Basic ${random()}` }];
    const paths = ["/admin/clients", "/admin/users/x", "/admin/sessions/diana", "/admin/clients/x"];
    await assertTraceless((_, i) => status(401, op.request(paths[i % 4], { headers: strangers[i % 3] })));
    await assertTraceless(() => status(401, op.request("/admin/users/mallory", { method: "PUT", json: { password: "x" } })));
  });
  test("wrong tokens at the door of the admin API, but for their number", async () => {
    const before = op.storageFiles();
    await op.resetCounts();
    await Promise.all(Array.from({ length: GUESSES }, () => status(401, op.request("/admin/users/x", { headers: bearer(random()) }))));
    const { kv, objects } = await op.counts();
    assert.deepEqual([Object.entries(objects).filter(([, count]) => count), kv.put, kv.delete], [[["PENDING", GUESSES]], 0, 0]);
    const added = op.storageFiles().filter((file) => !before.includes(file)).map((file) => file.split(".sqlite")[0]);
    assert.ok(new Set(added).size <= 1, `one object counts: ${added}`);
  });
});

test("the log tells nothing that could be used, when things fail too", async () => {
  const client = await register(op, { token_endpoint_auth_method: "client_secret_post" });
  const done = await flow(op, client, { state: random() });
  const browser = new Browser(op);
  const login = await browser.get(op.issuer + authorizationRequest(client).path);
  const { access_token } = await tokens(op, client, await flow(op, client));
  await op.breakObjects("USERS", "throw");
  const failed = [await redeem(op, client, done), await userinfo(op, access_token), await signIn(browser, login), await authorize(op, client, {}, {
    headers: { cookie: done.browser.cookies.for(new URL(op.issuer)).map(({ name, value }) => `${name}=${value}`).join("; ") },
  })];
  assert.deepEqual(failed.map(({ status }) => status), [503, 503, 503, 503]);
  const told = (log) => log.match(/object UserSession/g)?.length;
  assert.ok(await logged(op, (log) => told(log) === failed.length), `${told(op.log())} faults are in the log`);
  const log = op.log();
  const { client_secret, registration_access_token } = client;
  const untold = { ...secrets, code: done.code, verifier: done.verifier, access_token, client_secret, registration_access_token };
  assert.deepEqual(Object.keys(untold).filter((name) => holds(log, untold[name])), []);
  assert.doesNotMatch(log, /diana/i);
  for (const { text } of failed) assert.doesNotMatch(text, /UserSession|Network connection/);
});
