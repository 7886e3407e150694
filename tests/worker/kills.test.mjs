// A provider that is killed again and again in the middle of 1,000 flows: what clients were told holds, and what they were not told is no loss.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createUser, startProvider } from "./harness/provider.mjs";
import { assertJsonError } from "./support/assertions.mjs";
import { introspected, redeemed, refreshed, revoked } from "./support/back_channel.mjs";
import { PASSWORD, WITHOUT_PKCE, flow, register, userinfo } from "./support/relying_party.mjs";

const USERS = 50;
const FLOWS_EACH = 20;
const BROWSER_TABS = 2;
const KILLS = 6;
const AT_ONCE = 50;
/** A password takes the provider so long that many at once would wait for more than its patience. */
const PASSWORDS_AT_ONCE = 5;
/** What a client hears whose connection breaks. */
const LOST = ["ECONNRESET", "ECONNREFUSED", "EPIPE"];
const INACTIVE = '{"active":false}';

let op, client, browsers;

before(async () => {
  // A code may wait for a provider that starts, and a client that was cut off for its turn, on a slow machine too.
  op = await startProvider({ delayObjectsMs: 10, vars: { CODE_LIFETIME: 600, REFRESH_GRACE: 600 } });
  client = await register(op, { grant_types: ["authorization_code", "refresh_token"] });
  const names = Array.from({ length: USERS }, (_, i) => `user${i}`);
  const signIn = async (username) => {
    await createUser(op, username, { password: PASSWORD });
    return (await flow(op, client, { username })).browser;
  };
  browsers = await all(names, signIn, PASSWORDS_AT_ONCE);
});
after(() => op?.stop());

/** Does it for every one, some at once. */
async function all(list, work, atOnce = AT_ONCE) {
  const results = [];
  const waiting = list.entries();
  const hand = async () => {
    for (const [i, one] of waiting) results[i] = await work(one);
  };
  await Promise.all(Array.from({ length: atOnce }, hand));
  return results;
}

/** Resolves when the provider is there. */
let there = Promise.resolve();
/** How many answers came, and how many of each kind of request were lost. */
let heard = 0;
const lost = {};
/** After how many answers the provider is killed. */
let kills = [];

/** Asks as a client does that hears nothing where a connection breaks: until it is answered. */
async function answerTo(name, ask, whenLost = () => {}) {
  for (let tries = 0; tries <= 2 * KILLS; tries++) {
    await there;
    const answer = await ask().catch((error) => assert.ok(LOST.includes(error.code), error));
    if (answer) {
      if (++heard === kills[0]) {
        kills.shift();
        there = op.restart();
      }
      return answer;
    }
    lost[name] = (lost[name] ?? 0) + 1;
    whenLost();
  }
  return assert.fail(`${name}: no answer`);
}

/** What a client is told in one flow: `redemptions` with 200 and whether any was `unanswered`, the tokens in their order, and which were revoked. */
async function run(browser, number) {
  const record = { redemptions: 0, access: [], refresh: [], revoked: [] };
  const tell = ({ access_token, refresh_token }) => {
    record.access.push(access_token);
    record.refresh.push(refresh_token);
  };
  // A repeat of a code without PKCE is a replay at once: it must not hurt where nobody was told anything.
  const changes = { prompt: "none", ...(number % 2 ? WITHOUT_PKCE : {}) };
  record.done = await answerTo("authorize", () => flow(op, client, { browser, ...changes }));
  assert.ok(record.done.code, JSON.stringify(record.done.answer));
  const bought = await answerTo("redeem", () => redeemed(op, client, record.done), () => (record.unanswered = true));
  if (bought.status !== 200) {
    assertJsonError(bought, 400, "invalid_grant");
    assert.ok(record.unanswered, "a code that nobody has redeemed is refused");
    return record;
  }
  record.redemptions++;
  tell(bought.json());
  for (let refreshes = number % 3; refreshes > 0; refreshes--) {
    const answer = await answerTo("refresh", () => refreshed(op, client, record.refresh.at(-1)));
    assert.equal(answer.status, 200, `a refresh token is lost: ${answer.text}`);
    tell(answer.json());
  }
  const token = { 1: record.access, 2: record.refresh }[number % 10]?.at(-1);
  if (token) {
    assert.equal((await answerTo("revoke", () => revoked(op, client, token))).status, 200);
    record.revoked.push(token);
  }
  return record;
}

describe(`${USERS * FLOWS_EACH} flows, and a provider that is killed ${KILLS} times meanwhile`, () => {
  let records;

  before(async () => {
    // A flow hears three answers in the mean: two thirds of them are certain to come.
    kills = Array.from({ length: KILLS }, (_, i) => Math.floor((USERS * FLOWS_EACH * 2 * (i + Math.random())) / KILLS) + 1);
    const tabs = browsers.flatMap((browser) => Array(BROWSER_TABS).fill(browser));
    const runs = tabs.map(async (browser, tab) => {
      const own = [];
      for (let i = 0; i < FLOWS_EACH / BROWSER_TABS; i++) own.push(await run(browser, tab + i));
      return own;
    });
    records = (await Promise.all(runs)).flat();
    await op.restart();
    await op.delayObjects(0);
  });

  test("it was killed in the middle of all that matters", (t) => {
    const unanswered = records.filter((record) => record.unanswered);
    const spent = unanswered.filter((record) => !record.redemptions);
    t.diagnostic(`${heard} answers; lost: ${JSON.stringify(lost)}; ${unanswered.length} codes unanswered, ${spent.length} of them spent`);
    assert.deepEqual([records.length, kills.length], [USERS * FLOWS_EACH, 0]);
    assert.ok(lost.redeem && lost.refresh && spent.length, JSON.stringify(lost));
    assert.ok(records.some((record) => record.revoked.length));
  });

  test("every access token that a client was told of works, and none that was revoked", async () => {
    await all(records, async ({ access, refresh, revoked }) => {
      const family = revoked.some((token) => refresh.includes(token));
      await Promise.all(access.map(async (token) => {
        const dead = family || revoked.includes(token);
        assert.equal((await userinfo(op, token)).status, dead ? 401 : 200);
        if (dead) assert.equal((await introspected(op, client, token)).text, INACTIVE);
      }));
    });
  });

  test("a refresh token that was used gives the successor that the client was told of, once more, and none that was revoked", async () => {
    await all(records, async ({ refresh, revoked }) => {
      const [used, successor] = refresh.slice(-2);
      if (!successor) return;
      const answer = await refreshed(op, client, used);
      if (revoked.includes(successor)) return assertJsonError(answer, 400, "invalid_grant");
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.json().refresh_token, successor);
    });
  });

  test("the last refresh token works, and none that was revoked", async () => {
    await all(records.filter(({ refresh }) => refresh.length), async ({ refresh, revoked }) => {
      const last = refresh.at(-1);
      const answer = await refreshed(op, client, last);
      if (revoked.includes(last)) return assertJsonError(answer, 400, "invalid_grant");
      assert.equal(answer.status, 200, answer.text);
      assert.equal((await userinfo(op, answer.json().access_token)).status, 200);
    });
  });

  // A replay ends what the code has bought, so this is the last.
  test("no code is redeemed twice", async () => {
    await all(records, async (record) => {
      const answer = await redeemed(op, client, record.done);
      if (answer.status === 200) record.redemptions++;
      else assertJsonError(answer, 400, "invalid_grant");
      assert.ok(record.redemptions <= 1);
      if (record.access.length) assert.equal((await userinfo(op, record.access[0])).status, 401);
    });
  });

  test("everybody is still signed in", async () => {
    await all(browsers, async (browser) => assert.ok((await flow(op, client, { browser, prompt: "none" })).code));
  });
});
