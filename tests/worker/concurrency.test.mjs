// Many at once, and a provider that forgets everything it holds in memory between any two steps.
import assert from "node:assert/strict";
import { rmSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Browser } from "./harness/browserless.mjs";
import { createUser, startProvider } from "./harness/provider.mjs";
import { peakMemory } from "./support/process.mjs";
import {
  DIANA, PASSWORD, WITHOUT_PKCE, admin, authorizationRequest, authorize, bearer, flow, redeem, register, sessions, signIn, tokens, userinfo,
} from "./support/relying_party.mjs";

const REDEMPTIONS = 50;
const ROUNDS = 5;
const USERS = 500;
const CREATED_AT_ONCE = 10;
const MEMORY_LIMIT_MIB = 512;

/** Past this a repeat is no form that was sent twice. */
const DOUBLE_SUBMIT_MS = 2000;

let op, client;

before(async () => {
  op = await startProvider({ vars: { PASSWORD_TRIES: 50 } });
  await createUser(op, "diana", DIANA);
  client = await register(op);
});
after(() => op?.stop());

const times = (count, one) => Promise.all(Array.from({ length: count }, (_, i) => one(i)));

/** Counts by what `by` says of each. */
const tally = (answers, by) => Object.groupBy(answers, by);

describe("one code, many redemptions", () => {
  test(`${REDEMPTIONS} at once, ${ROUNDS} rounds: exactly one wins each, and a later replay takes from it what it won`, async () => {
    const { browser } = await flow(op, client);
    const rounds = [];
    for (let round = 0; round < ROUNDS; round++) {
      const done = await flow(op, client, { browser });
      const answers = await times(REDEMPTIONS, () => redeem(op, client, done));
      const { 200: won = [], 400: lost = [] } = tally(answers, ({ status }) => status);
      assert.deepEqual([won.length, lost.length], [1, REDEMPTIONS - 1], `round ${round + 1}`);
      assert.deepEqual([...new Set(lost.map((answer) => answer.json().error))], ["invalid_grant"]);
      rounds.push({ done, token: won[0].json().access_token });
    }
    await pause(DOUBLE_SUBMIT_MS);
    for (const { done, token } of rounds) {
      assert.equal((await redeem(op, client, done)).status, 400);
      assert.equal((await userinfo(op, token)).status, 401);
    }
  });

  test("one right and many wrong verifiers at once: never more than one success, and no failure of ours", async () => {
    const { browser } = await flow(op, client);
    const done = await flow(op, client, { browser });
    const answers = await times(REDEMPTIONS, (i) => redeem(op, client, done, i === 2 ? {} : { code_verifier: "w".repeat(43) }));
    const { 200: won = [], 400: lost = [] } = tally(answers, ({ status }) => status);
    assert.equal(won.length + lost.length, REDEMPTIONS);
    assert.ok(won.length <= 1);
  });
});

describe("many people", () => {
  test(`${USERS} users at once each complete a flow`, async (t) => {
    const names = Array.from({ length: USERS }, (_, i) => `user${i}`);
    const began = Date.now();
    for (let first = 0; first < USERS; first += CREATED_AT_ONCE) {
      await Promise.all(names.slice(first, first + CREATED_AT_ONCE).map((name) => createUser(op, name, { password: PASSWORD, claims: { name } })));
    }
    const created = Date.now();
    const subjects = await Promise.all(
      names.map(async (username) => {
        const done = await flow(op, client, { username, scope: "openid profile" });
        const { access_token } = await tokens(op, client, done);
        const { sub, name } = (await userinfo(op, access_token)).json();
        assert.equal(name, username);
        return sub;
      }),
    );
    assert.equal(new Set(subjects).size, USERS);
    const memory = peakMemory(op.pid);
    t.diagnostic(`created in ${created - began} ms, flows in ${Date.now() - created} ms, workerd at ${memory} MiB at most`);
    assert.ok(memory === undefined || memory < MEMORY_LIMIT_MIB, `${memory} MiB`);
  });

  test("one person signs in from 20 browsers at once: 20 logins, one account", async () => {
    await createUser(op, "erik", DIANA);
    await flow(op, client, { username: "erik" });
    const all = await times(20, async () => tokens(op, client, await flow(op, client, { username: "erik" })));
    const answers = await Promise.all(all.map(({ access_token }) => userinfo(op, access_token)));
    assert.deepEqual(Object.keys(tally(answers, ({ status }) => status)), ["200"]);
    assert.equal(new Set(answers.map((answer) => answer.json().sub)).size, 1);
    const { db } = await sessions(op, "erik");
    assert.equal(Object.keys(db).filter((key) => key.split(";;").length === 3).length, 21);
  });
});

describe("what ends while a code is being redeemed", () => {
  const ends = {
    "the user is disabled": async (username) => admin(op, `/admin/users/${username}`, { method: "PUT", json: { disabled: true } }),
    "the client is deleted": async (_, { registration_client_uri, registration_access_token }) => {
      const { pathname, search } = new URL(registration_client_uri);
      return op.request(pathname + search, { method: "DELETE", headers: bearer(registration_access_token) });
    },
    "the code is used again": (_, fresh, done) => redeem(op, fresh, done),
  };
  for (const [name, end] of Object.entries(ends)) {
    test(`${name}: no token that is born in the race works afterwards`, async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const username = `racer${round}`;
        const fresh = await register(op);
        await createUser(op, username, DIANA);
        await admin(op, `/admin/users/${username}`, { method: "PUT", json: { disabled: false } });
        const done = await flow(op, fresh, { username, ...WITHOUT_PKCE });
        const racers = [() => redeem(op, fresh, done), () => end(username, fresh, done)];
        const answers = await Promise.all((round % 2 ? racers.reverse() : racers).map((start) => start()));
        assert.ok(answers.every(({ status }) => status < 500), answers.map(({ status }) => status).join());
        const born = answers.filter(({ status, text }) => status === 200 && text.includes("access_token"));
        for (const answer of born) assert.equal((await userinfo(op, answer.json().access_token)).status, 401);
      }
    });
  }
});

describe("a provider that is restarted", () => {
  test("between any two steps of a flow goes on as if nothing had been", async () => {
    await createUser(op, "frida", DIANA);
    await op.restart();
    const fresh = await register(op);
    await op.restart();
    const browser = new Browser(op);
    const request = authorizationRequest(fresh, WITHOUT_PKCE);
    const login = await browser.get(op.issuer + request.path);
    await op.restart();
    const consent = await signIn(browser, login, { username: "frida" });
    assert.ok(consent.root.querySelector("#allow"));
    await op.restart();
    const { location } = await browser.submit(consent, { button: "allow" });
    const code = new URL(location).searchParams.get("code");
    await op.restart();
    const { access_token } = await tokens(op, fresh, { ...request, code });
    await op.restart();
    assert.equal((await userinfo(op, access_token)).status, 200);
    const silent = await flow(op, fresh, { browser, prompt: "none" });
    assert.ok(silent.code);
    await op.restart();
    assert.equal((await redeem(op, fresh, { ...request, code })).status, 400, "a used code is forgotten");
    assert.equal((await userinfo(op, access_token)).status, 401);
  });

  test("keeps its keys, clients, accounts and consents", async () => {
    const state = async () => [(await op.request("/jwks")).text, (await admin(op, "/admin/clients")).text, (await admin(op, "/admin/users/diana")).text];
    const before = await state();
    await op.restart();
    assert.deepEqual(await state(), before);
  });
});

describe("a client that registered a millisecond ago", () => {
  const worksAt = async (provider, young) => {
    const { status, location } = await authorize(provider, young, { prompt: "none" });
    assert.deepEqual([status, location && new URL(location).searchParams.get("error")], [303, "login_required"]);
    assert.equal((await redeem(provider, young, { code: "x", verifier: "v".repeat(43), fields: young })).json().error, "invalid_grant");
  };

  test("works at once, however many come at once", async () => {
    const young = await times(20, () => register(op));
    await Promise.all(young.map((one) => worksAt(op, one)));
  });

  test("works while KV is slow", async () => {
    await op.delayKv(300);
    try {
      await worksAt(op, await register(op));
    } finally {
      await op.delayKv(0);
    }
  });

  test("works where KV has lost it, and so do all the others and the keys", async () => {
    const dir = mkdtempSync(join(tmpdir(), "treeline-lost-"));
    const issuer = "http://localhost:8787";
    let provider = await startProvider({ dir, issuer });
    try {
      await createUser(provider, "diana", DIANA);
      const young = await register(provider);
      const done = await flow(provider, young);
      const keys = (await provider.request("/jwks")).text;
      await provider.stop();
      rmSync(join(dir, "kv"), { recursive: true });
      provider = await startProvider({ dir, issuer });
      assert.deepEqual(await provider.kvDump(), {});
      await worksAt(provider, young);
      const { access_token } = await tokens(provider, young, done);
      assert.equal((await userinfo(provider, access_token)).status, 200);
      assert.equal((await provider.request("/jwks")).text, keys);
    } finally {
      await provider.stop();
      rmSync(dir, { recursive: true, force: true });
    }
  });

  test("an invented client_id of the same look is asked for nowhere", async () => {
    const { client_id } = await register(op);
    await op.resetCounts();
    const flipped = (client_id[0] === "A" ? "B" : "A") + client_id.slice(1);
    for (const invented of [flipped, "A".repeat(24), client_id.toLowerCase()]) {
      assert.equal((await authorize(op, { ...client, client_id: invented })).status, 400);
    }
    assert.equal((await op.counts()).objects.REGISTRATIONS ?? 0, 0);
  });
});
