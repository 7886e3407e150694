// When storage hangs, fails or is away: an answer in good time, with a number that stands in the log, and everything as before afterwards.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Browser } from "./harness/browserless.mjs";
import { createUser, startProvider } from "./harness/provider.mjs";
import { logged } from "./support/process.mjs";
import { DIANA, PASSWORD, admin, authorizationRequest, bearer, flow, redeem, register, signIn, tokens, userinfo } from "./support/relying_party.mjs";

// The provider waits 10 s for an object or for KV; the rest is for a busy machine.
const PATIENCE_MS = 15_000;
const LONGER_THAN_ANY_TEST = 600_000;
const NAMESPACES = ["USERS", "REGISTRATIONS", "PENDING", "KEYS"];

/** A test on a provider of its own, so that those who wait can wait at the same time: `run` gets { op, client, browser }, diana signed in. */
const faultTest = (name, run) =>
  test(name, async () => {
    const op = await startProvider();
    try {
      await createUser(op, "diana", DIANA);
      const client = await register(op);
      const { browser } = await flow(op, client);
      await run({ op, client, browser });
    } finally {
      await op.stop();
    }
  });

/** Everything that needs an object or KV, ready to be asked: the people's requests and the machines'. */
async function requests({ op, client, browser }) {
  const fresh = await register(op);
  const login = await browser.get(op.issuer + authorizationRequest(fresh, { prompt: "login" }).path);
  const consent = await browser.get(op.issuer + authorizationRequest(fresh).path);
  const done = await flow(op, client, { browser });
  const { access_token } = await tokens(op, client, await flow(op, client, { browser }));
  const hidden = (page) => page.root.querySelector("input[name=interaction]").getAttribute("value");
  const headers = { cookie: browser.cookies.for(new URL(op.issuer)).map(({ name, value }) => `${name}=${value}`).join("; ") };
  const managed = new URL(fresh.registration_client_uri);
  return {
    done,
    access_token,
    people: {
      "authorization with a session": () => op.request(authorizationRequest(client).path, { headers }),
      login: () => op.request("/login", { headers, form: { interaction: hidden(login), username: "diana", password: PASSWORD } }),
      consent: () => op.request("/consent", { headers, form: { interaction: hidden(consent), decision: "allow" } }),
    },
    machines: {
      token: () => redeem(op, client, done),
      userinfo: () => userinfo(op, access_token),
      registration: () => op.request("/registration", { json: { redirect_uris: ["https://rp.example/cb"] } }),
      "the registration's own page": () => op.request(managed.pathname + managed.search, { headers: bearer(fresh.registration_access_token) }),
      "the operator's look at a user": () => admin(op, "/admin/users/diana"),
      "the operator's change of a user": () => admin(op, "/admin/users/diana", { method: "PUT", json: { claims: DIANA.claims } }),
      "the operator's look at sessions": () => admin(op, "/admin/sessions/diana"),
    },
    login,
  };
}

/** A failure of ours: 500 or 503, within the provider's patience, as a page or as JSON, under a number that the log has too. */
async function assertFault(op, name, ask, isPage) {
  const answer = await Promise.race([ask(), pause(PATIENCE_MS, undefined, { ref: false })]);
  assert.ok(answer, `${name}: no answer in ${PATIENCE_MS} ms`);
  assert.ok([500, 503].includes(answer.status), `${name}: ${answer.status} ${answer.text}`);
  assert.equal(answer.headers["cache-control"], "no-store", name);
  assert.equal(answer.location, undefined, name);
  assert.equal(answer.headers["set-cookie"], undefined, name);
  assert.match(answer.headers["content-type"], isPage ? /^text\/html/ : /^application\/json/, name);
  const code = isPage ? /<code>(\w+)<\/code>/.exec(answer.text)[1] : answer.json().error;
  assert.equal(code, answer.status === 503 ? "temporarily_unavailable" : "server_error", name);
  const id = isPage ? /<dt>Request<\/dt><dd><code>([\w-]+)<\/code>/.exec(answer.text)?.[1] : / ([\w-]{8,})$/.exec(answer.json().error_description)?.[1];
  assert.ok(id && (await logged(op, (log) => log.includes(id))), `${name}: the log has no ${id}`);
  assert.doesNotMatch(answer.text, /sql|object |panic|kv:|stack|wasm/i, name);
}

const assertFaults = (op, { people, machines }) =>
  Promise.all([
    ...Object.entries(people).map(([name, ask]) => assertFault(op, name, ask, true)),
    ...Object.entries(machines).map(([name, ask]) => assertFault(op, name, ask, false)),
  ]);

/** Nothing that was asked for in vain has been half done. */
async function assertEverythingWorks({ op, client, browser }, { done, access_token, login }) {
  assert.equal((await userinfo(op, access_token)).status, 200);
  assert.equal((await redeem(op, client, done)).status, 200, "the code was used up by a request that failed");
  assert.equal((await flow(op, client, { browser, prompt: "none" })).answer.error, undefined);
  assert.ok((await signIn(browser, login)).root.querySelector("#allow"));
  assert.equal((await register(op)).client_name, "Alpine Supply");
}

const breakAll = (op, how) => Promise.all(NAMESPACES.map((namespace) => op.breakObjects(namespace, how)));

describe("storage", { concurrency: true }, () => {
  for (const how of ["throw", "hang"]) {
    faultTest(`objects that ${how}: every request is answered, and after a restart everything works`, async (world) => {
      const { op, client } = world;
      const all = await requests(world);
      await breakAll(op, how);
      await assertFaults(op, all);
      // What needs no object goes on.
      for (const path of ["/.well-known/openid-configuration", "/jwks", "/"]) assert.equal((await op.request(path)).status, 200);
      assert.ok((await new Browser(op).get(op.issuer + authorizationRequest(client).path)).root.querySelector("#login"));
      await op.restart();
      await assertEverythingWorks(world, all);
    });
  }

  faultTest("objects that fail for a moment are back without a restart", async (world) => {
    const all = await requests(world);
    await breakAll(world.op, "throw");
    await assertFaults(world.op, all);
    await breakAll(world.op, null);
    await assertEverythingWorks(world, all);
  });

  faultTest("a client's object that is away when somebody signs in is told later, so that deleting the client ends what it has there", async ({ op }) => {
    const fresh = await register(op);
    await op.breakObjects("REGISTRATIONS", "throw");
    const { access_token } = await tokens(op, fresh, await flow(op, fresh));
    await op.breakObjects("REGISTRATIONS", null);
    const { pathname, search } = new URL(fresh.registration_client_uri);
    const deleted = await op.request(pathname + search, { method: "DELETE", headers: bearer(fresh.registration_access_token) });
    assert.equal(deleted.status, 204);
    let status;
    for (let tries = 0; tries < 50 && status !== 401; tries++) {
      await pause(100);
      ({ status } = await userinfo(op, access_token));
    }
    assert.equal(status, 401);
  });

  test("a key ring that is away on a cold start is a fault of ours, and is asked again", async () => {
    const cold = await startProvider();
    try {
      for (const how of ["throw", null]) {
        await cold.breakObjects("KEYS", how);
        const answer = await cold.request("/jwks");
        assert.equal(answer.status, how ? 503 : 200);
        assert.equal(answer.headers["content-type"], how ? "application/json" : "application/jwk-set+json");
      }
    } finally {
      await cold.stop();
    }
  });

  const kvFaults = {
    fails: [(op) => op.breakKv(true), (op) => op.breakKv(false)],
    hangs: [(op) => op.delayKv(LONGER_THAN_ANY_TEST), (op) => op.delayKv(0)],
  };
  for (const [how, [begin, end]] of Object.entries(kvFaults)) {
    faultTest(`KV that ${how}: every request is answered, and everything works once it is back`, async (world) => {
      const { op, client } = world;
      const all = await requests(world);
      // Of an isolate that remembers the client nothing needs KV.
      await op.restart();
      assert.equal((await op.request("/jwks")).status, 200);
      await begin(op);
      const { token, registration } = all.machines;
      await assertFaults(op, {
        people: { ...all.people, "authorization without a session": () => op.request(authorizationRequest(client).path) },
        machines: { token, registration, "the operator's look at clients": () => admin(op, "/admin/clients") },
      });
      // What needs no KV goes on.
      assert.equal((await all.machines.userinfo()).status, 200);
      assert.equal((await op.request("/jwks")).status, 200);
      await end(op);
      await assertEverythingWorks(world, all);
    });
  }

  faultTest("KV that fails: clients that are in use go on for as long as they are remembered", async ({ op, client, browser }) => {
    assert.equal((await flow(op, client, { browser })).answer.error, undefined);
    await op.breakKv(true);
    const { access_token } = await tokens(op, client, await flow(op, client, { browser, prompt: "none" }));
    assert.equal((await userinfo(op, access_token)).status, 200);
    await op.breakKv(false);
  });

  faultTest("KV that is slow: slow answers, and no others", async ({ op, client, browser }) => {
    await op.delayKv(200);
    const done = await flow(op, client, { browser });
    assert.equal((await redeem(op, client, done)).status, 200);
    assert.equal((await redeem(op, { ...client, client_id: "unknown" }, done)).status, 401);
  });
});

describe("what cannot be configured", () => {
  const WRONG = {
    "an http issuer": { ISSUER: "http://login.example.com" },
    "an issuer with a path": { ISSUER: "https://login.example.com/" },
    "a short seal key": { SEAL_KEY: "abc" },
    "an empty salt": { SUBJECT_SALT: "" },
    "a short admin token": { ADMIN_TOKEN: "admin" },
    "a lifetime that is no number": { CODE_LIFETIME: "soon" },
    "a lifetime of nothing": { ACCESS_TOKEN_LIFETIME: "0" },
  };
  for (const [name, vars] of Object.entries(WRONG)) {
    test(`${name}: every request is refused, and the log says what is wrong`, async () => {
      const wrong = await startProvider({ vars, issuer: vars.ISSUER });
      try {
        for (const path of ["/jwks", "/authorization", "/admin/clients"]) {
          const answer = await wrong.request(path, { headers: { host: "localhost", ...bearer(vars.ADMIN_TOKEN ?? "") } });
          assert.equal(answer.status, 500);
        }
        assert.ok(await logged(wrong, (log) => log.includes(Object.keys(vars)[0])), wrong.log());
      } finally {
        await wrong.stop();
      }
    });
  }
});
