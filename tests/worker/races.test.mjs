// Races on objects whose storage takes its time, so that many are under way in the object between what it has written and what it answers.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { createUser, startProvider } from "./harness/provider.mjs";
import { assertJsonError } from "./support/assertions.mjs";
import { assertDead as assertAllDead, introspected, redeemed, refreshed, revoked, tokensOf, worked } from "./support/back_channel.mjs";
import { DIANA, OFFLINE, WITHOUT_PKCE, flow, register, userinfo } from "./support/relying_party.mjs";

const LATENCY_MS = 10;
const REFRESHES = 50;
const ROUNDS = 10;

let op, client, browser;

before(async () => {
  op = await startProvider({ delayObjectsMs: LATENCY_MS });
  await createUser(op, "diana", DIANA);
  client = await register(op);
  ({ browser } = await flow(op, client));
});
after(() => op?.stop());

const times = (count, one) => Promise.all(Array.from({ length: count }, (_, i) => one(i)));
const authorized = (changes) => flow(op, client, { browser, ...OFFLINE, ...changes });
const held = async () => tokensOf(op, client, await authorized());

const INACTIVE = '{"active":false}';

const assertDead = (tokens) => assertAllDead(op, client, tokens);

/** All of them work; a refresh token is not used by that. */
const assertAlive = ({ access_token, refresh_token }) =>
  Promise.all([
    userinfo(op, access_token).then(({ status }) => assert.equal(status, 200)),
    ...[access_token, refresh_token].map(async (token) => assert.equal((await introspected(op, client, token)).json().active, true)),
  ]);

describe("one code", () => {
  for (const count of [50, 500]) {
    for (const [name, changes] of Object.entries({ "with PKCE": {}, "without, where each repeat is a replay": WITHOUT_PKCE })) {
      test(`redeemed ${count} times at once, ${name}: exactly one 200`, async () => {
        const done = await authorized(changes);
        // With PKCE, whether the last of them are double submits or replays is a matter of the machine: only who wins is looked at.
        const answers = await times(count, () => redeemed(op, client, done));
        const won = answers.filter(({ status }) => status === 200);
        assert.equal(won.length, 1);
        for (const answer of answers) if (answer !== won[0]) assertJsonError(answer, 400, "invalid_grant");
        if (changes === WITHOUT_PKCE) await assertDead(won[0].json());
      });
    }
  }
});

describe("one refresh token", () => {
  test(`used ${REFRESHES} times at once: one successor that works, and a user who is still signed in`, async () => {
    const first = await held();
    const answers = await times(REFRESHES, () => worked(refreshed(op, client, first.refresh_token)));
    assert.deepEqual([new Set(answers.map((one) => one.refresh_token)).size, new Set(answers.map((one) => one.access_token)).size], [1, REFRESHES]);
    await Promise.all([first, ...answers].map(async ({ access_token }) => assert.equal((await userinfo(op, access_token)).status, 200)));
    assert.equal((await introspected(op, client, first.refresh_token)).json().active, false);
    const second = await worked(refreshed(op, client, answers[0].refresh_token));
    // The successor has been used since; it is given again all the same, and is in its own half minute.
    assert.equal((await worked(refreshed(op, client, first.refresh_token))).refresh_token, answers[0].refresh_token);
    assert.equal((await worked(refreshed(op, client, answers[0].refresh_token))).refresh_token, second.refresh_token);
    await assertAlive(second);
    const silent = await flow(op, client, { browser, prompt: "none" });
    await tokensOf(op, client, silent);
    await worked(refreshed(op, client, second.refresh_token));
  });

  test("used by two whose successors race on: one chain, however they meet", async () => {
    const first = await held();
    let chain = [first, first];
    for (let round = 0; round < ROUNDS; round++) {
      chain = await Promise.all(chain.map(({ refresh_token }) => worked(refreshed(op, client, refresh_token))));
      assert.equal(chain[0].refresh_token, chain[1].refresh_token);
    }
    await assertAlive(chain[1]);
  });
});

describe("a revocation that races refreshes", () => {
  const RACERS = 5;
  const LONGEST_CHAIN = 1000;

  /** Refreshes, and then with what that gives, until it is refused or has been as often as `limit`: all that it has been told. */
  async function chain(refresh_token, limit) {
    const told = [];
    while (told.length < limit) {
      const answer = await refreshed(op, client, refresh_token);
      if (answer.status !== 200) {
        assertJsonError(answer, 400, "invalid_grant");
        break;
      }
      told.push(answer.json());
      ({ refresh_token } = told.at(-1));
    }
    assert.ok(told.length < LONGEST_CHAIN, "the chain goes on after the revocation");
    return told;
  }

  for (const [name, limit] of Object.entries({ "each once": 1, "each as long as it can": LONGEST_CHAIN })) {
    test(`${name}: nothing is usable once the revocation is answered`, async () => {
      let born = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const first = await held();
        const revoke = async () => {
          // Before the refreshes, among them, and after the first of their answers.
          await pause(round * LATENCY_MS * 0.5);
          assert.equal((await revoked(op, client, first.refresh_token)).status, 200);
          // Others are still under way.
          await assertDead(first);
          return [];
        };
        const racers = Array.from({ length: RACERS }, () => () => chain(first.refresh_token, limit));
        const starts = round % 2 ? [...racers, revoke] : [revoke, ...racers];
        const told = await Promise.all(starts.map((start) => start()));
        born += told.flat().length;
        await Promise.all(told.flat().map(assertDead));
      }
      assert.ok(born, "no refresh came before a revocation");
      assert.ok((await flow(op, client, { browser, prompt: "none" })).code, "the user is signed out");
    });
  }

  test("of an access token: that one ends, and what was refreshed lives", async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const first = await held();
      const refreshes = () => Array.from({ length: RACERS }, () => worked(refreshed(op, client, first.refresh_token)));
      const [revocation, ...others] = await Promise.all([revoked(op, client, first.access_token), ...refreshes()]);
      assert.equal(revocation.status, 200);
      assert.equal((await userinfo(op, first.access_token)).status, 401);
      assert.equal((await introspected(op, client, first.access_token)).text, INACTIVE);
      await Promise.all(others.map(assertAlive));
    }
  });
});
