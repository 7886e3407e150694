// Rotation of the provider's keys on workerd: new keys are published at once, the old ones stay as they were, and whatever was signed before works on.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { createUser, startProvider } from "./harness/provider.mjs";
import { assertJsonError } from "./support/assertions.mjs";
import { verified } from "./support/jwt.mjs";
import { DIANA, admin, bearer, flow, random, register, tokens, userinfo } from "./support/relying_party.mjs";

const ACTIVATION = 900;
const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "k", "oth"];

const jwks = async (op) => (await op.request("/jwks")).json().keys;
const rotate = (op) => admin(op, "/admin/keys/rotate", { method: "POST" });
const list = async (op) => (await admin(op, "/admin/keys")).json().keys;
const kids = (keys, state) => keys.filter((key) => !state || key.state === state).map(({ kid }) => kid).sort();
const inKv = async (op) => JSON.parse((await op.kvDump()).keys.value);

/** A test on a provider of its own, which may have been started otherwise. */
const on = (options, name, run) =>
  test(name, async () => {
    const op = await startProvider(options);
    try {
      await run(op);
    } finally {
      await op.stop();
    }
  });

describe("a rotation", () => {
  let op, client, old, bought, first;

  before(async () => {
    op = await startProvider();
    await createUser(op, "diana", DIANA);
    client = await register(op);
    bought = await tokens(op, client, await flow(op, client));
    old = await jwks(op);
    first = await list(op);
  });
  after(() => op?.stop());

  test("begins with keys that all sign", () => {
    assert.deepEqual(kids(first, "active"), kids(old));
    for (const key of first) assert.equal(key.active_from, key.created_at);
  });

  test("is published at once, beside the old keys as they were", async () => {
    const answer = await rotate(op);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.headers["cache-control"], "no-store");
    const { keys } = answer.json();
    assert.deepEqual(kids(keys, "active"), kids(old));
    assert.equal(kids(keys, "next").length, old.length);
    for (const { state, created_at: made, active_from: from } of keys) assert.equal(from - made, state === "next" ? ACTIVATION : 0);
    const published = await jwks(op);
    assert.deepEqual(kids(published), kids(keys));
    const asBefore = new Map(old.map((key) => [key.kid, JSON.stringify(key)]));
    for (const key of published) {
      if (asBefore.has(key.kid)) assert.equal(JSON.stringify(key), asBefore.get(key.kid));
      assert.deepEqual(PRIVATE_MEMBERS.filter((name) => name in key), []);
    }
  });

  test("has reached KV, whose revision is the ring's, with the private halves sealed", async () => {
    const ring = await inKv(op);
    assert.deepEqual(ring.keys.map(({ public: { kid } }) => kid).sort(), kids(await list(op)));
    const storage = [JSON.stringify(ring), ...op.storageFiles().map((file) => readFileSync(file, "latin1"))].join();
    for (const name of PRIVATE_MEMBERS) assert.ok(!storage.includes(`"${name}":`), name);
  });

  test("leaves what was signed before as good as it was, and goes on signing with the old keys", async () => {
    assert.equal((await userinfo(op, bought.access_token)).status, 200);
    verified(bought.id_token, await jwks(op));
    const { access_token, id_token } = await tokens(op, client, await flow(op, client));
    for (const token of [access_token, id_token]) verified(token, old);
    assert.equal((await userinfo(op, access_token)).status, 200);
  });

  test("makes nothing new while its keys wait", async () => {
    assert.deepEqual((await rotate(op)).json().keys, await list(op));
    assert.equal((await jwks(op)).length, 2 * old.length);
  });

  test("costs a warm isolate nothing", async () => {
    await op.resetCounts();
    for (let times = 0; times < 5; times++) await jwks(op);
    const { kv, objects } = await op.counts();
    assert.deepEqual([...Object.values(kv), ...Object.values(objects)].filter((count) => count), []);
  });

  test("outlives the process", async () => {
    const published = await jwks(op);
    await op.restart();
    assert.deepEqual(await jwks(op), published);
    assert.equal((await userinfo(op, bought.access_token)).status, 200);
  });

  test("is the operator's", async () => {
    for (const [path, method, other] of [["/admin/keys", "GET", "POST"], ["/admin/keys/rotate", "POST", "GET"]]) {
      assert.equal((await op.request(path, { method })).status, 401);
      assertJsonError(await op.request(path, { method, headers: bearer(random()) }), 401, "invalid_token");
      const wrong = await op.request(path, { method: other, headers: bearer(op.adminToken) });
      assert.deepEqual([wrong.status, wrong.headers.allow], [405, method]);
    }
  });
});

describe("rotations under stress", { concurrency: true }, () => {
  on({}, "twenty at once, on a provider that has no keys yet, make one new set", async (op) => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => rotate(op)));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
    const { keys } = answers[0].json();
    const algs = new Set(keys.map(({ alg }) => alg));
    assert.equal(kids(keys, "active").length, algs.size);
    assert.equal(kids(keys, "next").length, kids(keys, "active").length);
    assert.deepEqual(kids(await jwks(op)), kids(keys));
  });

  on({}, "killed in the middle, the provider has the old keys or all, and the next call makes it whole", async (op) => {
    const old = kids(await jwks(op));
    for (const wait of [0, 20, 60, 150, 400]) {
      const asked = rotate(op).catch(() => undefined);
      await pause(wait);
      await op.restart();
      await asked;
      const published = kids(await jwks(op));
      assert.ok(old.every((kid) => published.includes(kid)));
      assert.ok([old.length, 2 * old.length].includes(published.length), `${published.length}`);
    }
    const { keys } = (await rotate(op)).json();
    assert.deepEqual(kids(keys, "active"), old);
    assert.equal(kids(keys, "next").length, old.length);
    assert.deepEqual(kids(await jwks(op)), kids(keys));
  });

  on({}, "KV that fails: the keys are there, wait, and reach KV by the ring's own alarm", async (op) => {
    await jwks(op);
    const { revision } = await inKv(op);
    await op.breakKv(true);
    const { status, text } = await rotate(op);
    assert.equal(status, 200, text);
    const published = kids(await jwks(op));
    assert.equal((await inKv(op)).revision, revision);
    await op.breakKv(false);
    const until = Date.now() + 60_000;
    while ((await inKv(op)).revision === revision && Date.now() < until) await pause(1000);
    const ring = await inKv(op);
    assert.deepEqual(ring.keys.map((key) => key.public.kid).sort(), published);
    // Their time counts from when they could be seen.
    const waiting = (await list(op)).filter(({ state }) => state === "next");
    for (const key of waiting) assert.ok(key.active_from - key.created_at > ACTIVATION);
  });
});
