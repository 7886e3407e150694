// What each step costs: the KV operations and the calls of Durable Objects of the table in docs/development/architecture.md, counted one request at a time.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Browser } from "./harness/browserless.mjs";
import { createUser, startProvider } from "./harness/provider.mjs";
import { introspected, refreshed, revoked, tokensOf } from "./support/back_channel.mjs";
import { copyOf, decide, endSession, signedIn } from "./support/logout.mjs";
import { startReceiver } from "./support/receiver.mjs";
import { DIANA, OFFLINE, authorizationRequest, flow, random, redeem, register, signIn, tokens, userinfo } from "./support/relying_party.mjs";

const NOTHING = { reads: 0, users: 0 };

let op, client;

before(async () => {
  op = await startProvider();
  await createUser(op, "diana", DIANA);
  client = await register(op);
  // The first sign-in for a client tells the client's object of the user; here it is done.
  await tokens(op, client, await flow(op, client));
});
after(() => op?.stop());

/**
 * Makes one request and compares what it touched: KV reads, of one key and of many, and calls of the user's object, and where `writes` is given, whether
 * the object wrote. It never writes to KV nor asks another object. `reads` are the most: the isolate may remember the client.
 */
async function costs({ reads, writes, bulk = 0, ...expected }, ask) {
  await op.resetCounts();
  const answer = await ask();
  const { kv, objects, written } = await op.counts();
  const { USERS: users = 0, ...others } = objects;
  assert.ok(kv.get <= reads, `${kv.get} reads`);
  assert.deepEqual({ bulk: kv.bulk, users }, { bulk, ...expected });
  assert.deepEqual([kv.put, kv.delete, kv.list, ...Object.values(others)].filter((count) => count), []);
  if (writes !== undefined) assert.equal(written.USERS > 0, writes, `${written.USERS} rows written`);
  return answer;
}

test("discovery and keys touch nothing", async () => {
  for (const path of ["/.well-known/openid-configuration", "/jwks"]) await costs(NOTHING, () => op.request(path));
});

test("a whole flow: authorize, sign in, consent, redeem, userinfo, and authorize again", async () => {
  const browser = new Browser(op);
  const request = authorizationRequest(client, { prompt: "login consent" });
  const login = await costs({ reads: 1, users: 0 }, () => browser.get(op.issuer + request.path));
  const again = await costs({ reads: 1, users: 1 }, () => signIn(browser, login, { password: "wrong" }));
  const consent = await costs({ reads: 1, users: 1 }, () => signIn(browser, again));
  const answer = await costs({ reads: 1, users: 1 }, () => browser.submit(consent, { button: "allow" }));
  const code = new URL(answer.location).searchParams.get("code");
  const bought = await costs({ reads: 1, users: 1 }, () => redeem(op, client, { ...request, code }));
  assert.equal((await costs({ reads: 0, users: 1 }, () => userinfo(op, bought.json().access_token))).status, 200);
  const silent = await costs({ reads: 1, users: 1 }, () => browser.get(op.issuer + authorizationRequest(client, { prompt: "none" }).path));
  assert.ok(new URL(silent.location).searchParams.get("code"));
});

test("what the isolate has just read of a client it does not read again, until the client is changed", async () => {
  const own = await register(op);
  const reads = async (ask) => {
    await op.resetCounts();
    await ask();
    return (await op.counts()).kv.get;
  };
  const ask = () => op.request(authorizationRequest(own).path);
  assert.deepEqual([await reads(ask), await reads(ask), await reads(() => introspected(op, own, random()))], [1, 0, 0]);
  const { pathname, search } = new URL(own.registration_client_uri);
  const authorization = `Bearer ${own.registration_access_token}`;
  const changed = await op.request(pathname + search, { method: "PUT", headers: { authorization }, json: { client_id: own.client_id, redirect_uris: own.redirect_uris } });
  assert.equal(changed.status, 200);
  assert.deepEqual([await reads(ask), await reads(ask)], [1, 0]);
});

test("one call each: redeem, userinfo, introspect, refresh, revoke; those that only look write nothing", async () => {
  const held = await tokensOf(op, client, await flow(op, client, OFFLINE));
  const fresh = await flow(op, client, OFFLINE);
  const status = async (expected, cost, ask) => assert.equal((await costs(cost, ask)).status, expected);
  const [looks, changes] = [{ reads: 1, users: 1, writes: false }, { reads: 1, users: 1, writes: true }];
  await status(200, changes, () => redeem(op, client, fresh));
  for (const token of [held.access_token, held.refresh_token]) await status(200, looks, () => introspected(op, client, token));
  await status(200, { ...looks, reads: 0 }, () => userinfo(op, held.access_token));
  // Nor do they where the object has been dropped from memory.
  await op.evictObjects();
  await status(200, { ...looks, reads: 0 }, () => userinfo(op, held.access_token));
  await op.evictObjects();
  await status(200, looks, () => introspected(op, client, held.access_token));
  const { refresh_token, access_token } = (await costs(changes, () => refreshed(op, client, held.refresh_token))).json();
  // What was replaced, and what was revoked, is looked for all the same.
  await status(200, looks, () => introspected(op, client, held.refresh_token));
  await status(200, changes, () => revoked(op, client, held.access_token));
  await status(401, { ...looks, reads: 0 }, () => userinfo(op, held.access_token));
  await status(200, { ...looks, reads: 0 }, () => userinfo(op, access_token));
  await status(200, changes, () => revoked(op, client, refresh_token));
  await status(400, looks, () => refreshed(op, client, refresh_token));
  for (const token of [access_token, refresh_token]) await status(200, looks, () => introspected(op, client, token));
  // No token of ours reaches an object.
  await status(200, { reads: 1, users: 0 }, () => introspected(op, client, random()));
  await status(200, { reads: 1, users: 0 }, () => revoked(op, client, random()));
});

test("a sign-in for a client that is allowed already goes straight on", async () => {
  const browser = new Browser(op);
  const login = await browser.get(op.issuer + authorizationRequest(client).path);
  assert.equal((await costs({ reads: 1, users: 1 }, () => signIn(browser, login))).status, 303);
});

test("what is refused costs no more than what is not", async () => {
  const authorized = await flow(op, client);
  await costs({ reads: 1, users: 1 }, () => redeem(op, client, authorized, { code_verifier: "w".repeat(43) }));
  await costs({ reads: 1, users: 0 }, () => redeem(op, client, { ...authorized, code: random() }));
  await costs({ reads: 1, users: 0 }, () => redeem(op, { ...client, client_secret: "wrong" }, authorized));
  await costs({ reads: 1, users: 0 }, () => redeem(op, { ...client, client_id: "unknown" }, authorized));
  await costs(NOTHING, () => userinfo(op, "x"));
  await costs(NOTHING, () => op.request("/login", { form: { interaction: "x", username: "diana", password: "x" } }));
  await costs(NOTHING, () => op.request("/consent", { form: { interaction: "x", decision: "allow" } }));
  await costs(NOTHING, () => op.request("/token", { json: {} }));
  await costs({ reads: 1, users: 0 }, () => op.request(authorizationRequest(client, { redirect_uri: "x" }).path));
  await costs(NOTHING, () => op.request("/authorization"));
  await costs(NOTHING, () => op.request("/admin/clients"));
  await costs(NOTHING, () => op.request("/registration", { json: { redirect_uris: [] } }));
});

describe("signing out", () => {
  const PATHS = ["/1", "/2", "/3"];
  let rp, told;

  before(async () => {
    rp = await startReceiver();
    told = await Promise.all(PATHS.map((path) => register(op, { backchannel_logout_uri: rp.url(path) })));
    for (const party of told) await signedIn(op, party);
  });
  after(() => rp?.stop());

  test("no client takes part in it: one look at the one that asks, and one call", async () => {
    const { browser, hint } = await signedIn(op, client);
    for (const writes of [true, false]) await costs({ reads: 1, users: 1, writes }, () => endSession(op, copyOf(op, browser), { id_token_hint: hint }));
    // Neither a cookie nor a sid: there is no login to be found.
    await costs({ reads: 1, users: 0 }, () => endSession(op, new Browser(op), { id_token_hint: hint, client_id: client.client_id }));
  });

  test("with the question: the page costs nothing, and the answer one call", async () => {
    const { browser } = await signedIn(op, client);
    const page = await costs(NOTHING, () => endSession(op, browser));
    await costs(NOTHING, () => decide(copyOf(op, browser), page, "logout-no"));
    await costs({ reads: 0, users: 1, writes: true }, () => decide(browser, page, "logout-yes"));
    await costs(NOTHING, () => endSession(op, browser));
  });

  test("clients take part in it: one look more, at all of them, and one for each logout token", async () => {
    const { browser, hint } = await signedIn(op, client);
    for (const party of told) await signedIn(op, party, { browser });
    const page = await costs({ reads: 1 + told.length, bulk: 1, users: 1, writes: true }, async () => {
      const answer = await endSession(op, browser, { id_token_hint: hint });
      await Promise.all(PATHS.map((path) => rp.next(path)));
      return answer;
    });
    assert.equal(page.status, 200);
  });

  test("what is refused asks nobody but for the client", async () => {
    const { browser, hint } = await signedIn(op, client);
    const [nowhere, garbage] = [{ id_token_hint: hint, post_logout_redirect_uri: "https://rp.example/bye" }, { id_token_hint: "x" }];
    assert.equal((await costs({ reads: 1, users: 0 }, () => endSession(op, browser, nowhere))).status, 400);
    assert.equal((await costs(NOTHING, () => endSession(op, browser, garbage))).status, 400);
    assert.equal((await costs(NOTHING, () => op.request("/logout", { form: { interaction: "x", decision: "sign_out" } }))).status, 400);
  });
});
