// A provider that is deployed anew, on the storage that it has: with other secrets, in another epoch, and where registration takes a token.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { createUser, startProvider } from "./harness/provider.mjs";
import { refreshed } from "./support/back_channel.mjs";
import { OFFLINE, PASSWORD, admin, authorizationRequest, bearer, flow, register, tokens, userinfo } from "./support/relying_party.mjs";

const ISSUER = "http://localhost:8787";
const INITIAL = randomBytes(32).toString("base64url");
const fresh = () => randomBytes(32).toString("base64url");
let dir, client, secrets;

/** Runs `work` on a provider with these variables. */
async function deployed(vars, work) {
  const op = await startProvider({ dir, issuer: ISSUER, vars: { ...secrets, ...vars } });
  try {
    return await work(op);
  } finally {
    await op.stop();
  }
}

/** What somebody holds who has signed in. */
async function held(op) {
  const signedIn = await flow(op, client, OFFLINE);
  return { ...(await tokens(op, client, signedIn)), browser: signedIn.browser };
}

const works = async (op, { access_token }) => (await userinfo(op, access_token)).status === 200;
const isSignedIn = async (op, { browser }) => {
  const { location } = await browser.get(op.issuer + authorizationRequest(client, { prompt: "none" }).path);
  return !location.includes("error=");
};

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "treeline-redeployed-"));
  return deployed({}, async (op) => {
    secrets = op.secrets;
    await createUser(op, "diana", { password: PASSWORD });
    client = await register(op, { redirect_uris: ["https://rp.example/callback"] });
  });
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test("two seal keys are live at once, so that nobody notices a rotation", async () => {
  const old = await deployed({}, held);
  secrets.SEAL_KEY_PREVIOUS = secrets.SEAL_KEY;
  secrets.SEAL_KEY = fresh();
  await deployed({}, async (op) => {
    assert.ok(await works(op, old));
    assert.equal((await refreshed(op, client, old.refresh_token)).status, 200);
    assert.ok(await works(op, await held(op)));
  });
});

test("the keys may get a key of their own, which may change", async () => {
  secrets.KEY_ENCRYPTION_KEY = fresh();
  const jwks = await deployed({}, async (op) => {
    assert.ok(await works(op, await held(op)));
    assert.equal((await admin(op, "/admin/keys/rotate", { method: "POST" })).status, 200);
    return (await op.request("/jwks")).json();
  });
  await deployed({ KEY_ENCRYPTION_KEY: fresh(), SEAL_KEY_PREVIOUS: secrets.KEY_ENCRYPTION_KEY }, async (op) => {
    const now = (await op.request("/jwks")).json();
    assert.deepEqual(now.keys.map(({ kid }) => kid).sort(), jwks.keys.map(({ kid }) => kid).sort());
  });
});

test("an epoch ends what was issued before it, and nothing that comes after", async () => {
  const old = await deployed({}, held);
  const epoch = Math.floor(Date.now() / 1000) + 1;
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const later = await deployed({ EPOCH: epoch }, async (op) => {
    assert.equal(await works(op, old), false);
    assert.equal((await refreshed(op, client, old.refresh_token)).status, 400);
    const later = await held(op);
    assert.ok(await works(op, later) && await isSignedIn(op, later));
    return later;
  });
  await deployed({ EPOCH: epoch }, async (op) => assert.ok(await works(op, later)));
});

test("in production registration takes the initial access token", async () => {
  const metadata = { redirect_uris: ["https://rp.example/callback"] };
  const ask = (op, headers) => op.request("/registration", { json: metadata, headers });
  await deployed({ REGISTRATION: "token", REGISTRATION_TOKEN: INITIAL }, async (op) => {
    const refused = await ask(op);
    assert.deepEqual([refused.status, refused.headers["www-authenticate"]], [401, 'Bearer realm="treeline"']);
    assert.equal((await ask(op, bearer("wrong"))).status, 401);
    assert.equal((await ask(op, bearer(op.adminToken))).status, 401);
    assert.equal((await ask(op, bearer(INITIAL))).status, 201);
  });
  await deployed({ REGISTRATION: "token" }, async (op) => assert.equal((await ask(op, bearer(INITIAL))).status, 401));
});
