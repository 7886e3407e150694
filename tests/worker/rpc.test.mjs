// RPC by a service binding, on workerd: another Worker of the operator's calls the provider's methods.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Browser } from "./harness/browserless.mjs";
import { root } from "./harness/config.mjs";
import { freePort, request } from "./harness/http.mjs";
import { createUser, startProvider } from "./harness/provider.mjs";
import { introspected, revoked, tokensOf } from "./support/back_channel.mjs";
import { isSignedIn, logoutToken, signedIn } from "./support/logout.mjs";
import { logged } from "./support/process.mjs";
import { startReceiver } from "./support/receiver.mjs";
import { DIANA, OFFLINE, admin, flow, random, register, userinfo } from "./support/relying_party.mjs";

const REFUSED = /^Error: invalid_request: a token is needed$/;
const INACTIVE = { active: false };

let op, port, client, rp;

before(async () => {
  [op, rp, port] = await Promise.all([startProvider(), startReceiver(), freePort()]);
  await createUser(op, "diana", DIANA);
  client = await register(op, { backchannel_logout_uri: rp.url("/logout") });
  await op.restartWith([{ folder: join(root, "tests/worker/harness/workers/caller"), port, services: ["PROVIDER"] }]);
});
after(() => Promise.all([op?.stop(), rp?.stop()]));

/** Calls a method: { value } or { thrown }. */
const call = async (method, ...parameters) => (await request(`http://127.0.0.1:${port}/`, { json: { method, parameters } })).json();

/** Calls a method and expects it to answer. */
async function answered(method, parameter) {
  const { value, thrown } = await call(method, parameter);
  assert.equal(thrown, undefined);
  return value;
}

const held = async (of = client, changes = OFFLINE) => tokensOf(op, of, await flow(op, of, changes));

test("introspect says what a resource server is told, of every client's access tokens", async () => {
  const api = await register(op);
  for (const access_token_format of ["jwt", "opaque"]) {
    const of = await register(op);
    const json = { resources: [api.client_id], access_token_format };
    assert.equal((await admin(op, `/admin/clients/${of.client_id}/policy`, { method: "PUT", json })).status, 200);
    const { access_token, refresh_token, id_token } = await held(of);
    const told = (await introspected(op, api, access_token)).json();
    assert.deepEqual([told.active, told.client_id, told.aud], [true, of.client_id, [op.issuer, api.client_id]]);
    assert.deepEqual(await answered("introspect", { token: access_token }), told);
    for (const token of [refresh_token, id_token, random(), "", "x".repeat(500_000)]) {
      assert.deepEqual(await answered("introspect", { token }), INACTIVE);
    }
    assert.equal((await revoked(op, of, access_token)).status, 200);
    assert.deepEqual(await answered("introspect", { token: access_token }), INACTIVE);
  }
});

test("userinfo gives the claims in plain, or null", async () => {
  const { access_token } = await held(client, { scope: "openid profile email" });
  assert.deepEqual(await answered("userinfo", { access_token }), (await userinfo(op, access_token)).json());
  assert.equal((await answered("userinfo", { access_token })).email, DIANA.claims.email);
  assert.equal(await answered("userinfo", { access_token: random() }), null);
  assert.equal(await answered("userinfo", { access_token: (await held(client, { scope: "profile" })).access_token }), null);
});

describe("signOut", () => {
  for (const [by, named] of [["access_token", "access_token"], ["id_token_hint", "id_token"]]) {
    test(`by ${by} ends that login, and the client is told`, async () => {
      const [here, there] = [await signedIn(op, client), await signedIn(op, client)];
      assert.deepEqual(await answered("signOut", { [by]: here.tokens[named] }), { signed_out: true });
      assert.deepEqual([await isSignedIn(op, client, here.browser), await isSignedIn(op, client, there.browser)], [false, true]);
      const { claims } = await logoutToken(op, client, await rp.next("/logout"));
      assert.equal(claims.aud, client.client_id);
      assert.deepEqual(await answered("introspect", { token: here.tokens.access_token }), INACTIVE);
      assert.deepEqual(await answered("signOut", { [by]: here.tokens[named] }), { signed_out: false });
    });
  }

  test("by anything else ends nothing", async () => {
    const { browser, tokens } = await signedIn(op, client);
    for (const session of [{ access_token: tokens.id_token }, { id_token_hint: tokens.access_token }, { id_token_hint: `${tokens.id_token}x` }]) {
      assert.deepEqual(await answered("signOut", session), { signed_out: false });
    }
    assert.ok(await isSignedIn(op, client, browser));
  });
});

test("a question that the types do not allow is refused, and changes nothing", async () => {
  const { browser, tokens } = await signedIn(op, client);
  const { access_token, id_token } = tokens;
  const questions = [undefined, null, "x", 7, [], {}, { token: 7 }, { token: null }, { token: { toString: "x" } }];
  for (const method of ["introspect", "userinfo", "signOut"]) {
    for (const question of questions) {
      const { thrown } = await call(method, question);
      assert.match(thrown, REFUSED, `${method} ${JSON.stringify(question)}`);
    }
  }
  for (const [method, question] of [
    ["signOut", { access_token, id_token_hint: id_token }],
    ["introspect", { access_token }],
    ["introspect", { token: access_token, access_token }],
    ["userinfo", { token: access_token }],
    ["userinfo", { id_token_hint: id_token }],
    ["signOut", { token: access_token }],
  ]) assert.match((await call(method, question)).thrown, REFUSED, method);
  assert.match((await call("introspect")).thrown, REFUSED);
  assert.ok(await isSignedIn(op, client, browser));
});

test("there is no other method, and no way to bring an environment", async () => {
  for (const method of ["env", "ctx", "keep", "alarm", "answer", "sign_out", "#ask", "memory", "__wbg_reset_state", "constructor"]) {
    assert.match((await call(method)).thrown ?? "", /Error/, method);
  }
  const { access_token } = await held();
  const question = { token: access_token };
  for (const parameters of [[{ USERS: {} }, question], [{ USERS: {} }, "introspect", question]]) {
    assert.match((await call("introspect", ...parameters)).thrown, REFUSED);
    assert.match((await call("answer", ...parameters)).thrown, /does not implement the method "answer"/);
  }
});

test("each costs at most one call of the person's object, and the looks write nothing", async () => {
  const { tokens } = await signedIn(op, client);
  const steps = [
    [["introspect", { token: tokens.access_token }], [0, 1, false]],
    [["userinfo", { access_token: tokens.access_token }], [0, 1, false]],
    [["introspect", { token: random() }], [0, 0, false]],
    [["signOut", { access_token: random() }], [0, 0, false]],
    [["signOut", { access_token: tokens.access_token }], [0, 1, true]],
    [["signOut", { id_token_hint: tokens.id_token }], [0, 1, false]],
  ];
  for (const [[method, parameter], expected] of steps) {
    if (expected[2]) rp.hold("/logout");
    await op.resetCounts();
    await answered(method, parameter);
    const { kv, objects, written } = await op.counts();
    // What is told by the back channel afterwards reads the client.
    assert.deepEqual([expected[2] ? 0 : kv.get, objects.USERS, written.USERS > 0], expected, method);
    assert.deepEqual([kv.put, kv.list, objects.PENDING, objects.REGISTRATIONS], [0, 0, 0, 0]);
    if (expected[2]) await rp.next("/logout");
  }
});

describe("a fault of the provider's", () => {
  test("is an exception that names the number in the log", async () => {
    const { access_token } = await held();
    await op.breakObjects("USERS", "throw");
    for (const [method, name] of [["introspect", "token"], ["userinfo", "access_token"], ["signOut", "access_token"]]) {
      const { thrown } = await call(method, { [name]: access_token });
      const [, number] = thrown.match(/^Error: temporarily_unavailable: .* logged as ([\w-]+)$/) ?? assert.fail(thrown);
      assert.ok(await logged(op, (log) => log.includes(number)), thrown);
      assert.ok(!op.log().includes(access_token));
    }
    await op.breakObjects("USERS", null);
    assert.equal((await answered("introspect", { token: access_token })).active, true);
  });

  test("a panic is answered at once, and the next question finds a new instance", async () => {
    const { access_token } = await held();
    await op.breakObjects("USERS", "panic");
    const began = Date.now();
    const answers = await Promise.all(Array.from({ length: 5 }, () => call("introspect", { token: access_token })));
    assert.ok(Date.now() - began < 5000, "sooner than any patience runs out");
    for (const { thrown } of answers) assert.match(thrown, /^Error: temporarily_unavailable: the fault is ours; please try again$/);
    await op.breakObjects("USERS", null);
    assert.equal((await answered("introspect", { token: access_token })).active, true);
    assert.equal((await new Browser(op).get(`${op.issuer}/`)).status, 200);
  });
});

test("the cron trigger has the key ring look at itself, which publishes the keys", async () => {
  const fresh = await startProvider();
  try {
    const at = await freePort();
    await fresh.restartWith([{ folder: join(root, "tests/worker/harness/workers/caller"), port: at, services: ["PROVIDER"] }]);
    await fresh.resetCounts();
    const { value, thrown } = (await request(`http://127.0.0.1:${at}/`, { json: { method: "scheduled", parameters: [] } })).json();
    assert.deepEqual([value, thrown], [null, undefined]);
    const { kv, objects } = await fresh.counts();
    assert.deepEqual([objects.KEYS, objects.USERS, kv.put], [1, 0, 1]);
  } finally {
    await fresh.stop();
  }
});
