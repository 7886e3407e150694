// What the operator has in hand: the log, counters, health, limits, and a user's audit trail.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Browser } from "./harness/browserless.mjs";
import { createUser, startProvider } from "./harness/provider.mjs";
import { refreshed, revoked, tokensOf } from "./support/back_channel.mjs";
import { logged } from "./support/process.mjs";
import { DIANA, OFFLINE, PASSWORD, admin, authorizationRequest, bearer, flow, random, register, signIn, userinfo } from "./support/relying_party.mjs";

/** The lines of the log that are the provider's own. */
const lines = (op) => op.log().split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));

const lineOf = async (op, id) => {
  const find = () => lines(op).find(({ request_id, fault }) => request_id === id && !fault);
  assert.ok(await logged(op, () => find()), `no line of ${id}`);
  return find();
};

/** Resolves to what is found, as soon as it is. */
async function soon(find) {
  for (let tries = 0; tries < 100; tries++) {
    const found = await find();
    if (found) return found;
    await pause(20);
  }
  return undefined;
}

describe("log", () => {
  let op;
  before(async () => {
    op = await startProvider({ vars: { LOG: "all" } });
    await createUser(op, "diana", DIANA);
  });
  after(() => op?.stop());

  test("every response has a number, and the log a line with it", async () => {
    const own = await op.request("/jwks?x=hidden");
    const line = await lineOf(op, own.headers["x-request-id"]);
    const { request_id, ms, ...rest } = line;
    assert.deepEqual(rest, { method: "GET", route: "/jwks", status: 200, outcome: "ok" });
    assert.ok(Number.isInteger(ms) && ms >= 0);
    // Documents that an isolate keeps have another number each time.
    assert.notEqual((await op.request("/jwks?x=hidden")).headers["x-request-id"], request_id);
    for (const path of ["/nothing", "/admin/users/diana", "/token", "/"]) {
      const ray = `8f2c1d4e5a6b7c8d-${path.length}`;
      const answer = await op.request(path, { headers: { "cf-ray": ray } });
      assert.equal(answer.headers["x-request-id"], ray);
      assert.equal((await lineOf(op, ray)).status, answer.status);
    }
  });

  test("what fails is found by the number that the peer was given, a panic's too", async () => {
    const client = await register(op);
    const { access_token } = await tokensOf(op, client, await flow(op, client));
    await op.breakObjects("USERS", "throw");
    const failed = await userinfo(op, access_token);
    const number = failed.headers["x-request-id"];
    assert.equal(failed.status, 503);
    assert.ok(failed.json().error_description.endsWith(number));
    assert.ok(await logged(op, () => lines(op).some(({ request_id, fault }) => request_id === number && fault)));
    assert.equal((await lineOf(op, number)).outcome, "temporarily_unavailable");
    await op.breakObjects("USERS", "panic");
    const headers = { ...bearer(access_token), "cf-ray": "8f2c1d4e5a6b7c8d-ARN" };
    assert.equal((await op.request("/userinfo", { headers })).headers["x-request-id"], "8f2c1d4e5a6b7c8d-ARN");
    await op.breakObjects("USERS", null);
  });

  test("of a whole flow it has no secret", async () => {
    const client = await register(op, { grant_types: ["authorization_code", "refresh_token"] });
    const visit = await flow(op, client, { ...OFFLINE, login_hint: "diana" });
    const bought = await tokensOf(op, client, visit);
    const renewed = (await refreshed(op, client, bought.refresh_token)).json();
    await userinfo(op, renewed.access_token);
    await revoked(op, client, renewed.refresh_token);
    await admin(op, "/admin/sessions/diana");
    const last = await op.request(`/nothing/${visit.code}?token=${bought.access_token}`);
    await lineOf(op, last.headers["x-request-id"]);
    const cookies = visit.browser.cookies.for(new URL(op.issuer)).map(({ value }) => value);
    const secrets = [visit.code, visit.verifier, visit.fields.state, visit.fields.nonce, client.client_secret, client.registration_access_token, op.adminToken,
      PASSWORD, "diana", ...cookies, ...["access_token", "refresh_token", "id_token"].flatMap((name) => [bought[name], renewed[name]])];
    assert.ok(cookies.length >= 2);
    for (const secret of secrets.filter(Boolean)) assert.ok(!op.log().includes(secret), `${secret} in the log`);
  });

  test("LOG=off is silent, LOG=errors has what failed", async () => {
    const providers = await Promise.all(["off", "errors"].map((LOG) => startProvider({ vars: { LOG } })));
    try {
      const [off, errors] = providers;
      for (const op of providers) {
        assert.equal((await op.request("/jwks")).status, 200);
        await op.breakKv(true);
        assert.equal((await op.request("/health", { headers: { "cf-ray": "broken" } })).status, 503);
      }
      assert.equal((await lineOf(errors, "broken")).status, 503);
      assert.deepEqual(lines(errors).filter(({ fault }) => !fault).map(({ request_id }) => request_id), ["broken"]);
      assert.deepEqual(lines(off), []);
    } finally {
      await Promise.all(providers.map((op) => op.stop()));
    }
  });
});

test("counters have a point for every request, with its route, outcome and status", async () => {
  const op = await startProvider({ counters: true });
  try {
    for (const path of ["/jwks", "/admin/users/diana", "/nothing"]) await op.request(path);
    const points = await soon(async () => {
      const { points } = await op.platform();
      return points.length === 3 && points;
    });
    assert.ok(points, "three points");
    const told = points.map(({ blobs, doubles: [status, ms], indexes }) => {
      assert.ok(ms >= 0);
      return [...blobs, status, ...indexes];
    });
    assert.deepEqual(told.sort(), [
      ["*", "not_found", "GET", 404, "*"],
      ["/admin/users/{username}", "unauthorized", "GET", 401, "/admin/users/{username}"],
      ["/jwks", "ok", "GET", 200, "/jwks"],
    ]);
  } finally {
    await op.stop();
  }
});

describe("limits", () => {
  const registrations = async (op, count) => {
    const statuses = [];
    for (let i = 0; i < count; i++) statuses.push((await op.request("/registration", { json: { redirect_uris: ["https://rp.example/cb"] } })).status);
    return statuses;
  };

  // It is a stand-in: workerd has no rate limiter of its own.
  test("the platform's limiter counts where one is bound, and no object is asked", async () => {
    const op = await startProvider({ rateLimit: 2, vars: { REGISTRATION_LIMIT: 1 } });
    try {
      assert.deepEqual(await registrations(op, 3), [201, 201, 429]);
      assert.equal((await op.counts()).objects.PENDING, 0);
      assert.deepEqual((await op.platform()).counted, { "registration/local": 3 });
    } finally {
      await op.stop();
    }
  });

  test("without one an object counts", async () => {
    const op = await startProvider({ vars: { REGISTRATION_LIMIT: 1 } });
    try {
      assert.deepEqual(await registrations(op, 2), [201, 429]);
      assert.equal((await op.counts()).objects.PENDING, 2);
    } finally {
      await op.stop();
    }
  });
});

describe("health", () => {
  let op;
  before(async () => {
    op = await startProvider();
    await op.request("/jwks");
  });
  after(() => op?.stop());

  const health = (options, query = "") => op.request(`/health${query}`, options);
  const deep = () => health({ headers: bearer(op.adminToken) }, "?deep=1");
  const silent = (answer) => [answer.status, answer.json().silent];

  test("a sound provider: one read of KV, and no object", async () => {
    await op.resetCounts();
    const answer = await health();
    assert.deepEqual([answer.status, answer.text], [200, '{"status":"ok"}']);
    assert.equal(answer.headers["cache-control"], "no-store");
    const { kv, objects } = await op.counts();
    assert.deepEqual([kv.get, Object.values(objects).some((calls) => calls)], [1, false]);
    const head = await health({ method: "HEAD" });
    assert.deepEqual([head.status, head.text], [200, ""]);
  });

  test("the operator asks the key ring too", async () => {
    await op.resetCounts();
    assert.equal((await health({}, "?deep=1")).status, 401);
    assert.equal((await deep()).status, 200);
    assert.equal((await op.counts()).objects.KEYS, 1);
  });

  test("what fails, or is silent for two seconds, is named", async () => {
    const began = Date.now();
    await op.breakObjects("KEYS", "hang");
    assert.deepEqual(silent(await deep()), [503, ["keys"]]);
    assert.equal((await health()).status, 200, "the isolate has its keys");
    await op.delayKv(8000);
    assert.deepEqual(silent(await health()), [503, ["kv"]]);
    assert.ok(Date.now() - began < 8000, `${Date.now() - began} ms`);
    await op.breakObjects("KEYS", null);
    await op.delayKv(0);
    await op.breakKv(true);
    assert.deepEqual(silent(await health()), [503, ["kv"]]);
    await op.breakKv(false);
    assert.equal((await health()).status, 200);
  });

  test("a Worker that is not configured answers 500", async () => {
    const broken = await startProvider({ vars: { ISSUER: "https://login.example.com/path" }, issuer: "https://login.example.com" });
    try {
      assert.equal((await broken.request("/health")).status, 500);
      assert.ok(await logged(broken, () => lines(broken).some(({ fault }) => fault?.startsWith("configuration: ISSUER"))));
    } finally {
      await broken.stop();
    }
  });
});

describe("audit trail", () => {
  const trail = async (op) => (await admin(op, "/admin/sessions/diana/audit")).json().audit;

  test("tells what happened, the newest first", async () => {
    const op = await startProvider();
    try {
      await createUser(op, "diana", DIANA);
      const client = await register(op);
      const visit = await flow(op, client, OFFLINE);
      const { refresh_token } = await tokensOf(op, client, visit);
      await flow(op, client, { browser: visit.browser });
      await revoked(op, client, refresh_token);
      await admin(op, "/admin/users/diana", { method: "PUT", json: { disabled: true } });
      const entries = await trail(op);
      assert.deepEqual(entries.map(({ event }) => event), ["disabled", "revoked", "granted", "consented", "signed_in"]);
      const { at, client_id, detail } = entries.at(-1);
      assert.ok(Math.abs(at - Date.now() / 1000) < 60);
      assert.equal(client_id, client.client_id);
      assert.match(detail.login, /^[0-9a-f]{32}$/);
      assert.ok(!JSON.stringify(entries).includes(random().slice(0, 8)));
      // What the object has written is there after a crash, and where it has been dropped from memory.
      await op.restart();
      assert.deepEqual(await trail(op), entries);
    } finally {
      await op.stop();
    }
  });

  test("a returning person's sign-in writes as many rows with a trail as without one", async () => {
    const written = async (AUDIT_LIFETIME) => {
      const op = await startProvider({ vars: { AUDIT_LIFETIME } });
      try {
        await createUser(op, "diana", DIANA);
        const client = await register(op);
        await tokensOf(op, client, await flow(op, client));
        const browser = new Browser(op);
        const login = await browser.get(op.issuer + authorizationRequest(client).path);
        await op.resetCounts();
        assert.equal((await signIn(browser, login)).status, 303);
        const rows = (await op.counts()).written.USERS;
        return { rows, entries: (await trail(op)).length };
      } finally {
        await op.stop();
      }
    };
    const [none, kept] = [await written(0), await written(86_400)];
    assert.deepEqual([none.entries, kept.entries], [0, 3]);
    assert.equal(kept.rows, none.rows);
  });
});
