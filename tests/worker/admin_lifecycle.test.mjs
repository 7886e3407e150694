// Clients and accounts from the operator's hand to their end, on workerd: beside everything that happens at the same time, and whatever fails on the way.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "./harness/http.mjs";
import { createUser, startProvider } from "./harness/provider.mjs";
import { assertJsonError } from "./support/assertions.mjs";
import { introspected, refreshed } from "./support/back_channel.mjs";
import { logoutClaims, startReceiver } from "./support/receiver.mjs";
import { CALLBACK, DIANA, admin, bearer, flow, random, register, tokens, userinfo } from "./support/relying_party.mjs";

const METADATA = { redirect_uris: [CALLBACK], client_name: "Alpine Supply", grant_types: ["authorization_code", "refresh_token"] };
const BURST = 20;

let op;
before(async () => {
  op = await startProvider({ vars: { REGISTRATION_LIMIT: 1000 } });
  await createUser(op, "diana", DIANA);
});
after(() => op?.stop());

const ask = (method, path, json) => admin(op, path, { method, json });
const at = ({ client_id }) => `/admin/clients/${client_id}`;
const created = async (more = {}) => {
  const answer = await ask("POST", "/admin/clients", { ...METADATA, ...more });
  assert.equal(answer.status, 201, answer.text);
  return answer.json();
};
const takes = async (client, client_secret) => (await introspected(op, { ...client, client_secret }, "none")).status === 200;

describe("a client", () => {
  test("that the operator makes works as any, until the operator ends it", async () => {
    const client = await created();
    const bought = await tokens(op, client, await flow(op, client));
    assert.equal((await userinfo(op, bought.access_token)).status, 200);
    assert.equal((await ask("DELETE", at(client))).status, 204);
    assert.equal((await userinfo(op, bought.access_token)).status, 401);
    assertJsonError(await refreshed(op, client, bought.refresh_token), 401, "invalid_client");
    for (const [method, json] of [["GET"], ["PUT", METADATA], ["DELETE"]]) assert.equal((await ask(method, at(client), json)).status, 404);
  });

  test("loses its old secret at the moment the new one is told", async () => {
    const client = await created();
    const secrets = [client.client_secret];
    for (let i = 0; i < 5; i++) {
      const during = [...Array(BURST)].map(() => takes(client, secrets.at(-1)));
      const { client_secret } = (await ask("POST", `${at(client)}/secret`)).json();
      assert.deepEqual(await Promise.all([...secrets.map((old) => takes(client, old)), takes(client, client_secret)]), [...secrets.map(() => false), true]);
      await Promise.all(during); // each was answered, one way or the other
      secrets.push(client_secret);
    }
  });

  test("has one secret after many rotations and changes at once", async () => {
    const client = await created();
    const rotations = [...Array(BURST)].map(() => ask("POST", `${at(client)}/secret`));
    const own = { ...METADATA, client_id: client.client_id };
    const changes = [...Array(BURST)].map((_, i) => ask("PUT", at(client), { ...METADATA, client_name: `Name ${i}` }));
    const byItself = [...Array(3)].map(() => op.request(`/registration_api?client_id=${client.client_id}`,
      { method: "PUT", json: own, headers: bearer(client.registration_access_token) }));
    for (const answer of await Promise.all([...changes, ...byItself])) assert.ok([200, 503].includes(answer.status), answer.text);
    const told = (await Promise.all(rotations)).filter(({ status }) => status === 200).map((answer) => answer.json().client_secret);
    assert.ok(told.length > 0);
    const good = (await Promise.all(told.map((secret) => takes(client, secret)))).filter(Boolean);
    assert.equal(good.length, 1);
    assert.equal(await takes(client, client.client_secret), false);
  });

  test("that is refused leaves nothing behind", async () => {
    const client = await created();
    const before = await op.kvDump();
    await op.resetCounts();
    const bad = [{}, { ...METADATA, expires_at: -1 }, { ...METADATA, client_name: 1 }, { ...METADATA, redirect_uris: [`${CALLBACK}#x`] }, { ...METADATA, jwks: { keys: "none" } }];
    for (const json of bad) {
      assert.equal((await ask("POST", "/admin/clients", json)).status, 400);
      assert.equal((await ask("PUT", at(client), json)).status, 400);
    }
    const large = JSON.stringify({ ...METADATA, contacts: ["x".repeat(200_000)] });
    for (const [method, path] of [["POST", "/admin/clients"], ["PUT", at(client)], ["PUT", `${at(client)}/policy`], ["PUT", "/admin/users/nobody"]]) {
      const answer = await op.request(path, { method, body: large, headers: { ...bearer(op.adminToken), "content-type": "application/json" } });
      assertJsonError(answer, 400, "invalid_request");
      assert.match(answer.json().error_description, /^body: /);
    }
    const { written } = await op.counts();
    assert.deepEqual(Object.values(written).filter(Boolean), []);
    assert.deepEqual(await op.kvDump(), before);
  });

  test("that KV does not take is not made by half", async () => {
    const before = Object.keys(await op.kvDump());
    await op.breakKv(true);
    const { objects: { REGISTRATIONS: calls } } = await op.counts();
    assertJsonError(await ask("POST", "/admin/clients", METADATA), 503, "temporarily_unavailable");
    await op.breakKv(false);
    assert.equal((await op.counts()).objects.REGISTRATIONS - calls, 2, "it is made, and taken back");
    assert.deepEqual(Object.keys(await op.kvDump()), before);
    await op.breakObjects("REGISTRATIONS", "throw");
    assertJsonError(await ask("POST", "/admin/clients", METADATA), 503, "temporarily_unavailable");
    await op.breakObjects("REGISTRATIONS", null);
    assert.deepEqual(Object.keys(await op.kvDump()), before);
  });
});

describe("an account", () => {
  /** Whether a text stands in what the objects have on disk. */
  const isOnDisk = (text) => op.storageFiles().some((file) => existsSync(file) && readFileSync(file).includes(text));

  test("takes along everything, and leaves its name", async () => {
    const secret = `${random()}@example.org`;
    await createUser(op, "frida", { ...DIANA, claims: { email: secret } });
    const client = await register(op, METADATA);
    const done = await flow(op, client, { username: "frida" });
    const bought = await tokens(op, client, done);
    assert.ok(isOnDisk(secret));
    assert.equal((await ask("DELETE", "/admin/users/frida")).status, 204);
    assert.equal((await userinfo(op, bought.access_token)).status, 401);
    assertJsonError(await refreshed(op, client, bought.refresh_token), 400, "invalid_grant");
    assert.deepEqual((await introspected(op, client, bought.access_token)).json(), { active: false });
    for (const [method, path] of [["GET", "/admin/users/frida"], ["DELETE", "/admin/users/frida"], ["GET", "/admin/sessions/frida"]]) {
      assert.equal((await ask(method, path)).status, 404);
    }
    for (let tries = 0; isOnDisk(secret) && tries < 100; tries++) await pause(50);
    assert.ok(!isOnDisk(secret));

    await createUser(op, "frida", DIANA);
    assert.deepEqual((await ask("GET", "/admin/sessions/frida")).json().db, {});
    const silently = await done.browser.get(`${op.issuer}/authorization?${new URLSearchParams({ ...done.fields, prompt: "none" })}`);
    assert.equal(new URL(silently.location).searchParams.get("error"), "login_required");
    assert.equal((await userinfo(op, bought.access_token)).status, 401);
    await tokens(op, client, await flow(op, client, { username: "frida" }));
  });

  test("is told of to every application, though one is away and the provider is killed", async () => {
    const port = await freePort();
    const address = (path) => `http://127.0.0.1:${port}${path}`;
    await createUser(op, "greta", DIANA);
    const clients = [];
    let browser;
    for (const path of ["/one", "/other"]) {
      const client = await register(op, { ...METADATA, backchannel_logout_uri: address(path) });
      ({ browser } = await flow(op, client, { username: "greta", browser }));
      clients.push(client);
    }
    assert.equal((await ask("DELETE", "/admin/users/greta")).status, 204);
    await op.restart();
    const receiver = await startReceiver({ port });
    try {
      for (const [i, path] of ["/one", "/other"].entries()) {
        assert.equal(logoutClaims(await receiver.next(path)).aud, clients[i].client_id);
      }
    } finally {
      await receiver.stop();
    }
    assert.equal((await ask("GET", "/admin/users/greta")).status, 404);
  });

  test("that a hundred requests delete at once is deleted once", async () => {
    await createUser(op, "hanna", DIANA);
    const answers = await Promise.all([...Array(100)].map(() => ask("DELETE", "/admin/users/hanna")));
    const statuses = answers.map(({ status }) => status);
    assert.deepEqual([statuses.filter((status) => status === 204).length, statuses.filter((status) => status === 404).length], [1, 99]);
  });
});
