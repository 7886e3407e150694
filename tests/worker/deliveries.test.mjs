// Logout tokens reach their clients whatever happens on the way: clients that are slow, silent, down or wrong, and a provider that is killed.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createUser, startProvider } from "./harness/provider.mjs";
import { freePort } from "./harness/http.mjs";
import { logoutClaims, startReceiver } from "./support/receiver.mjs";
import { PASSWORD, admin, flow, register, tokens } from "./support/relying_party.mjs";

let op, receiver, users = 0;
before(async () => {
  op = await startProvider({ vars: { REGISTRATION_LIMIT: 1000 } });
  receiver = await startReceiver();
});
after(async () => {
  await op?.stop();
  await receiver?.stop();
});

/** A client whose logout tokens come to a path of its own. */
const told = (path, at = receiver) => register(op, { backchannel_logout_uri: at.url(path) });

/** Signs somebody new in at every client, in one browser: { username, browser, idTokens }. */
async function signedIn(clients) {
  const username = `user${++users}`;
  await createUser(op, username, { password: PASSWORD });
  let browser;
  const idTokens = [];
  for (const client of clients) {
    const done = await flow(op, client, { username, browser });
    browser = done.browser;
    idTokens.push((await tokens(op, client, done)).id_token);
  }
  return { username, browser, idTokens };
}

/** Signs out by the first client's ID token. */
async function signOut({ browser, idTokens: [hint] }) {
  const page = await browser.get(`${op.issuer}/session?${new URLSearchParams({ id_token_hint: hint })}`);
  assert.equal(page.status, 200, page.text);
}

const deliveries = async ({ username }) => (await admin(op, `/admin/sessions/${username}/deliveries`)).json().deliveries;

/** Resolves to what the operator sees once that is as it should be. */
async function seen(person, isSo) {
  for (;;) {
    const list = await deliveries(person);
    if (isSo(list)) return list;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const ends = (progress) => ([one]) => one?.progress === progress;

test("a client takes its token, and the operator sees it", async () => {
  const person = await signedIn([await told("/takes")]);
  await signOut(person);
  const entry = await receiver.next("/takes");
  assert.equal(entry.method, "POST");
  assert.deepEqual(entry.fields.map(([name]) => name), ["logout_token"]);
  const [delivery] = await seen(person, ends("delivered"));
  const { jti } = logoutClaims(entry);
  assert.deepEqual({ ...delivery, next_at: 0, queued_at: 0 }, {
    jti, client_id: logoutClaims(entry).aud, progress: "delivered", answer: 200, attempts: 1, queued_at: 0, next_at: 0,
  });
});

test("a client that does not answer holds up neither the person nor another client", async () => {
  receiver.hold("/silent");
  const clients = [await told("/silent"), await told("/quick")];
  const person = await signedIn(clients);
  await signOut(person);
  await receiver.next("/quick");
  const silent = await receiver.next("/silent");
  assert.ok(silent.isWaiting, "the other one has been told before this one was given up");
  const [delivery] = (await deliveries(person)).filter(({ client_id }) => client_id === clients[0].client_id);
  assert.deepEqual([delivery.progress, delivery.attempts], ["pending", 1]);
});

test("the same person's next sign-out does not wait for it either", async () => {
  receiver.hold("/silent/2");
  const [silent, quick] = [await told("/silent/2"), await told("/quick/2")];
  const person = await signedIn([silent]);
  const done = await flow(op, quick, { username: person.username });
  const { id_token } = await tokens(op, quick, done);
  await signOut(person);
  const first = await receiver.next("/silent/2");
  await signOut({ browser: done.browser, idTokens: [id_token] });
  await receiver.next("/quick/2");
  assert.ok(first.isWaiting);
});

test("a client that fails is told again, by the same token id, until it takes it", async () => {
  receiver.answer("/fails", 503);
  const person = await signedIn([await told("/fails")]);
  await signOut(person);
  await receiver.next("/fails");
  await receiver.next("/fails");
  receiver.answer("/fails", 204);
  const [delivery] = await seen(person, ends("delivered"));
  const entries = receiver.came("/fails");
  assert.ok(entries.length >= 3 && delivery.attempts === entries.length, `${delivery.attempts} of ${entries.length}`);
  assert.deepEqual(new Set(entries.map((entry) => logoutClaims(entry).jti)), new Set([delivery.jti]));
});

test("what a client refuses is not sent again", async () => {
  receiver.answer("/refuses", 400);
  const person = await signedIn([await told("/refuses")]);
  await signOut(person);
  const [delivery] = await seen(person, ends("refused"));
  assert.deepEqual([delivery.answer, delivery.attempts], [400, 1]);
});

test("a redirect is not followed", async () => {
  receiver.answer("/moved", 307);
  const person = await signedIn([await told("/moved")]);
  await signOut(person);
  const [delivery] = await seen(person, ([one]) => one?.answer === 307);
  assert.equal(delivery.progress, "pending");
});

describe("a provider that is killed", () => {
  test("between the sign-out and the delivery loses nothing", async () => {
    const port = await freePort();
    const away = { url: (path) => `http://127.0.0.1:${port}${path}` };
    const clients = [];
    for (let i = 0; i < 3; i++) clients.push(await told(`/${i}`, away));
    const person = await signedIn(clients);
    await signOut(person);
    await op.restart();
    const back = await startReceiver({ port });
    try {
      const entries = await Promise.all(clients.map((_, i) => back.next(`/${i}`)));
      assert.deepEqual(new Set(entries.map((entry) => logoutClaims(entry).aud)), new Set(clients.map(({ client_id }) => client_id)));
      await seen(person, (list) => list.length === 3 && list.every(({ progress }) => progress === "delivered"));
    } finally {
      await back.stop();
    }
  });

  test("while a client is answering tells it again, by the same token id", async () => {
    const release = receiver.hold("/killed");
    const person = await signedIn([await told("/killed")]);
    await signOut(person);
    const first = await receiver.next("/killed");
    await op.restart();
    release();
    const second = await receiver.next("/killed");
    assert.equal(logoutClaims(first).jti, logoutClaims(second).jti);
    await seen(person, ends("delivered"));
  });
});

test("an object that is dropped from memory loses nothing", async () => {
  receiver.answer("/evicted", 503);
  const person = await signedIn([await told("/evicted")]);
  await signOut(person);
  await receiver.next("/evicted");
  await op.evictObjects();
  receiver.answer("/evicted", 200);
  await seen(person, ends("delivered"));
});

test("a hundred clients are all told", async () => {
  const clients = [];
  for (let i = 0; i < 100; i++) clients.push(await told(`/many/${i}`));
  const person = await signedIn(clients);
  await signOut(person);
  const list = await seen(person, (list) => list.length === 100 && list.every(({ progress }) => progress === "delivered"));
  assert.equal(new Set(list.map(({ jti }) => jti)).size, 100);
  for (let i = 0; i < 100; i++) assert.equal(receiver.came(`/many/${i}`).length, 1);
});
