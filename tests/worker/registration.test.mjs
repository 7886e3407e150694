// A registration's life in KV and in the client's own object: read, changed, deleted, and what happens when several do so at once.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createUser, startProvider } from "./harness/provider.mjs";
import { assertJsonError, assertLocal } from "./support/assertions.mjs";
import { CALLBACK, DIANA, admin, authorize, bearer, flow, random, redeem, register, tokens, userinfo } from "./support/relying_party.mjs";

const LIMIT = 5;

let op;

before(async () => {
  op = await startProvider({ vars: { REGISTRATION_LIMIT: 1000 } });
  await createUser(op, "diana", DIANA);
});
after(() => op?.stop());

const at = (client) => new URL(client.registration_client_uri).pathname + new URL(client.registration_client_uri).search;
const manage = (client, method, { token = client.registration_access_token, json } = {}) =>
  op.request(at(client), { method, json, headers: bearer(token) });
const update = (client, changes) => manage(client, "PUT", { json: { client_id: client.client_id, redirect_uris: [CALLBACK], ...changes } });

describe("management", () => {
  test("reading gives what registering gave", async () => {
    const client = await register(op, { contacts: ["ops@rp.example"], client_name: "Älpine" });
    const answer = await manage(client, "GET");
    assert.equal(answer.status, 200);
    assert.equal(answer.headers["cache-control"], "no-store");
    assert.deepEqual(answer.json(), client);
    await op.restart();
    assert.deepEqual((await manage(client, "GET")).json(), client);
  });

  test("an update replaces everything but who the client is, and counts at once", async () => {
    const client = await register(op, { contacts: ["ops@rp.example"] });
    const moved = "https://rp.example/moved";
    const answer = await update(client, { redirect_uris: [moved] });
    assert.equal(answer.status, 200, answer.text);
    const { redirect_uris, contacts, ...rest } = answer.json();
    assert.deepEqual([redirect_uris, contacts], [[moved], undefined]);
    for (const name of ["client_id", "client_secret", "client_id_issued_at"]) assert.equal(rest[name], client[name]);
    assertLocal(await authorize(op, client, { redirect_uri: CALLBACK }), "redirect_uri");
    assert.equal((await authorize(op, client, { redirect_uri: moved })).status, 200);
  });

  test("an update is checked like a registration, and cannot become another client", async () => {
    const [client, other] = [await register(op), await register(op)];
    assertJsonError(await update(client, { redirect_uris: ["https://rp.example/#x"] }), 400, "invalid_redirect_uri");
    for (const changes of [{ client_id: other.client_id }, { client_id: undefined }, { client_secret: other.client_secret }, { jwks: "x" }]) {
      assertJsonError(await update(client, changes), 400, "invalid_client_metadata");
    }
    assert.deepEqual((await manage(client, "GET")).json(), client);
  });

  test("without the client's own token: 401, the same for every reason", async () => {
    const [client, other] = [await register(op), await register(op)];
    const bodies = new Set();
    for (const method of ["GET", "PUT", "DELETE"]) {
      const nothing = await op.request(at(client), { method });
      assert.deepEqual([nothing.status, nothing.text, nothing.headers["www-authenticate"]], [401, "", 'Bearer realm="treeline"']);
      for (const token of [random(), "x", other.registration_access_token, client.client_secret, op.adminToken]) {
        const answer = await manage(client, method, { token });
        assertJsonError(answer, 401, "invalid_token");
        bodies.add(answer.text);
      }
      const unknown = await op.request(`/registration_api?client_id=${random().slice(0, 24)}`, { method, headers: bearer(client.registration_access_token) });
      bodies.add(unknown.text);
    }
    assert.equal(bodies.size, 1);
    assert.equal((await manage(client, "GET")).status, 200);
  });
});

describe("deletion", () => {
  test("is 204, and the client is unknown everywhere from then on", async () => {
    const client = await register(op);
    const signedIn = await flow(op, client);
    const { access_token } = await tokens(op, client, signedIn);
    const waiting = await flow(op, client, { browser: signedIn.browser });
    const gone = await manage(client, "DELETE");
    assert.deepEqual([gone.status, gone.text], [204, ""]);
    assertJsonError(await manage(client, "GET"), 401, "invalid_token");
    assertJsonError(await manage(client, "DELETE"), 401, "invalid_token");
    assertJsonError(await redeem(op, client, waiting), 401, "invalid_client");
    assertLocal(await authorize(op, client), "client_id");
    assert.equal((await userinfo(op, access_token)).status, 401);
    assert.ok(!(client.client_id in (await admin(op, "/admin/clients")).json()));
    await op.restart();
    assertLocal(await authorize(op, client), "client_id");
    assert.equal((await userinfo(op, access_token)).status, 401);
  });

  test("ends what every user of the client has", async () => {
    const client = await register(op);
    const names = ["one", "two", "three"];
    await Promise.all(names.map((name) => createUser(op, name, DIANA)));
    const held = await Promise.all(names.map(async (username) => tokens(op, client, await flow(op, client, { username }))));
    assert.equal((await manage(client, "DELETE")).status, 204);
    for (const { access_token } of held) assert.equal((await userinfo(op, access_token)).status, 401);
  });
});

describe("several at once", () => {
  test("of many updates one is last, in KV and in the object", async () => {
    const client = await register(op);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => update(client, { client_name: `name ${i}` })));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    const { client_name } = (await manage(client, "GET")).json();
    assert.equal(JSON.parse((await op.kvDump())[`client/${client.client_id}`].value).metadata.client_name, client_name);
  });

  test("an update that meets a deletion does not bring the client back", async () => {
    for (let round = 0; round < 5; round++) {
      const client = await register(op);
      const [deleted, ...updates] = await Promise.all([manage(client, "DELETE"), ...Array.from({ length: 5 }, () => update(client, { client_name: "again" }))]);
      assert.equal(deleted.status, 204);
      for (const { status } of updates) assert.ok([200, 401].includes(status), `${status}`);
      assertLocal(await authorize(op, client), "client_id");
      assertJsonError(await manage(client, "GET"), 401, "invalid_token");
    }
  });

  test("a flood is stopped with 429, and what is refused anyway does not count", async () => {
    const strict = await startProvider({ vars: { REGISTRATION_LIMIT: LIMIT } });
    try {
      const ask = (redirect_uris) => strict.request("/registration", { json: { redirect_uris } });
      for (let i = 0; i < 2 * LIMIT; i++) assert.equal((await ask([])).status, 400);
      const answers = await Promise.all(Array.from({ length: 4 * LIMIT }, () => ask([CALLBACK])));
      const stopped = answers.filter(({ status }) => status === 429);
      assert.equal(answers.length - stopped.length, LIMIT);
      for (const answer of stopped) {
        assertJsonError(answer, 429, "slow_down");
        assert.match(answer.headers["retry-after"], /^[1-9]\d*$/);
      }
      assert.equal(Object.keys((await admin(strict, "/admin/clients")).json()).length, LIMIT);
    } finally {
      await strict.stop();
    }
  });
});
