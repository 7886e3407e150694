// Objects that the runtime takes out of memory: between any two steps nobody notices, and in the middle of a race nobody gains.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Browser } from "./harness/browserless.mjs";
import { createUser, startProvider } from "./harness/provider.mjs";
import { assertJsonError } from "./support/assertions.mjs";
import { introspected, redeemed, refreshed, revoked, tokensOf, worked } from "./support/back_channel.mjs";
import { assertionFields, jwksOf } from "./support/client_keys.mjs";
import { decode } from "./support/jwt.mjs";
import { DIANA, WITHOUT_PKCE, admin, authorizationRequest, bearer, flow, register, signIn, userinfo } from "./support/relying_party.mjs";

const OFFLINE = { scope: "openid email offline_access", prompt: "consent" };
const CLIENT = { token_endpoint_auth_method: "private_key_jwt", token_endpoint_auth_signing_alg: "ES256" };

let op;

before(async () => {
  op = await startProvider();
  await createUser(op, "diana", DIANA);
});
after(() => op?.stop());

/** What is drawn or told by the clock. */
const OF_THE_RUN = ["access_token", "refresh_token", "jti", "iat", "exp", "auth_time", "client_id", "aud", "nonce", "sid", "at_hash"];

function lasting(members) {
  const { exp, iat } = members;
  const kept = Object.entries(members).map(([name, value]) => {
    if (name === "id_token") return [name, lasting(decode(value).claims)];
    return [name, OF_THE_RUN.includes(name) ? typeof value : value];
  });
  return { ...Object.fromEntries(kept), minutes: Math.round((exp - iat) / 60) || undefined };
}

/** What whoever asks sees of an answer, without what is another at every run: the status, the page or where it leads, the members of JSON. */
function outside({ status, location, root, headers, json }) {
  const { origin, pathname, searchParams: answer } = location ? new URL(location) : {};
  const leads = location && { to: origin + pathname, members: [...answer.keys()], error: answer.get("error") };
  const members = /json/.test(headers["content-type"]) && lasting(json());
  return { status, leads, page: root?.querySelector("h1")?.text, asks: root?.querySelectorAll("main button").map((button) => button.id), members };
}

/** Everything that a person and a client do with a login and a grant, step by step: what each looks like from outside. */
async function story() {
  const steps = [];
  const seen = async (name, asked) => {
    const answer = await asked;
    steps.push({ name, ...outside(answer) });
    return answer;
  };
  const client = await register(op, { ...CLIENT, jwks: await jwksOf(["ES256"]) });
  const registration = new URL(client.registration_client_uri);
  const manage = (method) => op.request(registration.pathname + registration.search, { method, headers: bearer(client.registration_access_token) });
  const browser = new Browser(op);
  const codeOf = (page) => new URL(page.location).searchParams.get("code");

  const request = authorizationRequest(client, OFFLINE);
  const login = await seen("authorize", browser.get(op.issuer + request.path));
  const again = await seen("sign in with a wrong password", signIn(browser, login, { password: "wrong" }));
  const consent = await seen("sign in", signIn(browser, again));
  const done = { ...request, code: codeOf(await seen("allow", browser.submit(consent, { button: "allow" }))) };
  await seen("redeem with a wrong verifier", redeemed(op, client, done, { code_verifier: "w".repeat(43) }));
  const first = (await seen("redeem", redeemed(op, client, done))).json();
  await seen("userinfo", userinfo(op, first.access_token));
  for (const name of ["access_token", "refresh_token"]) await seen(`introspect the ${name}`, introspected(op, client, first[name]));
  const second = (await seen("refresh", refreshed(op, client, first.refresh_token))).json();
  const repeated = (await seen("refresh with the same", refreshed(op, client, first.refresh_token))).json();
  steps.push({ name: "the same successor", holds: repeated.refresh_token === second.refresh_token });
  await seen("introspect what was replaced", introspected(op, client, first.refresh_token));
  const narrow = (await seen("refresh to less", refreshed(op, client, second.refresh_token, { scope: "openid" }))).json();
  await seen("userinfo of less", userinfo(op, narrow.access_token));
  await seen("refresh what has nothing left to give", refreshed(op, client, first.refresh_token));

  const silent = async (changes) => {
    const asked = authorizationRequest(client, { prompt: "none", ...changes });
    return { ...asked, code: codeOf(await seen("authorize silently", browser.get(op.issuer + asked.path))) };
  };
  const unproven = await silent(WITHOUT_PKCE);
  const replayed = (await seen("redeem without PKCE", redeemed(op, client, unproven))).json();
  await seen("replay", redeemed(op, client, unproven));
  await seen("userinfo after the replay", userinfo(op, replayed.access_token));

  const assertion = await assertionFields(op, client, { alg: "ES256" });
  const form = { token: narrow.refresh_token, ...assertion };
  await seen("introspect with an assertion", op.request("/introspection", { form }));
  await seen("introspect with the same assertion", op.request("/introspection", { form }));

  await seen("revoke an access token", revoked(op, client, second.access_token));
  for (const { access_token } of [second, narrow]) await seen("userinfo after the revocation", userinfo(op, access_token));
  await seen("revoke the refresh token", revoked(op, client, narrow.refresh_token));
  await seen("refresh after the revocation", refreshed(op, client, narrow.refresh_token));
  for (const name of ["access_token", "refresh_token"]) await seen(`introspect the revoked ${name}`, introspected(op, client, narrow[name]));
  await seen("userinfo after all", userinfo(op, first.access_token));

  const last = (await seen("redeem", redeemed(op, client, await silent()))).json();
  const waiting = await silent();
  await seen("read the registration", manage("GET").then((answer) => ({ ...answer, headers: {} })));
  await seen("end the registration", manage("DELETE"));
  await seen("redeem for nobody", redeemed(op, client, waiting));
  await seen("userinfo for nobody", userinfo(op, last.access_token));
  return steps;
}

describe("an object that is evicted before every call", () => {
  test("changes nothing that can be seen from outside, from the registration to its end", async () => {
    const undisturbed = await story();
    await op.resetCounts();
    await op.evictBeforeCalls(true);
    const disturbed = await story();
    const { objects, constructed } = await op.counts();
    await op.evictBeforeCalls(false);
    assert.deepEqual(disturbed, undisturbed);
    for (const name of ["USERS", "REGISTRATIONS", "PENDING"]) {
      assert.ok(objects[name] && constructed[name] >= objects[name], `${name}: constructed ${constructed[name]} times for ${objects[name]} calls`);
    }
    assert.ok(undisturbed.length > 30 && new Set(undisturbed.map(({ status }) => status)).size > 4, "the story has lost its steps");
  });

  test("changes nothing of what is kept", async () => {
    const asks = [() => op.request("/jwks"), ...["clients", "users/diana"].map((path) => () => admin(op, `/admin/${path}`))];
    const state = async () => (await Promise.all(asks.map((ask) => ask()))).map(({ text }) => text);
    const before = await state();
    assert.ok((await op.evictObjects()) >= 2);
    assert.deepEqual(await state(), before);
  });
});

describe("objects that are evicted again and again while many race", () => {
  const LATENCY_MS = 10;
  const ROUNDS = 6;
  const RACERS = 10;
  const TIMES_EACH = 5;

  let client, browser;

  before(async () => {
    client = await register(op);
    ({ browser } = await flow(op, client));
    await op.delayObjects(LATENCY_MS);
  });
  after(() => op.delayObjects(0));

  const authorized = () => flow(op, client, { browser, ...OFFLINE });
  const times = (count, one) => Promise.all(Array.from({ length: count }, one));

  /** The answers of many who ask again and again while objects are evicted, the more often the lower `round`: who is cut short hears 503. */
  async function disturbed(round, ask) {
    const [answers, evictions] = [[], []];
    // Somewhere on the way of those who ask at that moment.
    const evictSoon = () => evictions.push(pause(Math.random() * 3 * LATENCY_MS).then(op.evictObjects));
    let heard = 0;
    // In every other round before anyone has been told anything.
    if (round % 2) evictSoon();
    await times(RACERS, async () => {
      for (let asked = 0; asked < TIMES_EACH; asked++) {
        const answer = await ask();
        answers.push(answer);
        if (answer.status !== 503 && ++heard % (round + 1) === 0) evictSoon();
      }
    });
    await Promise.all(evictions);
    const { 200: won = [], 400: refused = [], 503: lost = [] } = Object.groupBy(answers, ({ status }) => status);
    assert.equal(won.length + refused.length + lost.length, answers.length, [...new Set(answers.map(({ status }) => status))].join());
    for (const answer of refused) assertJsonError(answer, 400, "invalid_grant");
    return { won, refused, lost };
  }

  /** As a client does that is told to try again. */
  async function until200(ask) {
    for (let tries = 0; tries < 20; tries++) {
      const answer = await ask();
      if (answer.status === 200) return answer;
      assert.equal(answer.status, 503, answer.text);
    }
    return assert.fail("no answer");
  }

  test("a code is redeemed once at most, and where nobody was told, at most once afterwards", async () => {
    let [won, lost] = [0, 0];
    for (let round = 0; round < ROUNDS; round++) {
      const done = await authorized();
      const race = await disturbed(round, () => redeemed(op, client, done));
      const later = await times(3, () => redeemed(op, client, done));
      const all = [...race.won, ...later.filter(({ status }) => status === 200)];
      assert.ok(all.length <= 1, `${all.length} redemptions`);
      won += all.length;
      lost += race.lost.length;
    }
    assert.ok(won && lost, `${won} won, ${lost} lost: no race was disturbed`);
  });

  test("a refresh token has one successor, whoever was told of it", async () => {
    let lost = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const first = await tokensOf(op, client, await authorized());
      const race = await disturbed(round, () => refreshed(op, client, first.refresh_token));
      assert.equal(race.refused.length, 0);
      lost += race.lost.length;
      const told = [...race.won, await refreshed(op, client, first.refresh_token)].map(({ json }) => json());
      assert.equal(new Set(told.map(({ refresh_token }) => refresh_token)).size, 1);
      for (const { access_token } of told) assert.equal((await userinfo(op, access_token)).status, 200);
      await worked(refreshed(op, client, told[0].refresh_token));
    }
    assert.ok(lost, "no race was disturbed");
    assert.ok((await flow(op, client, { browser, prompt: "none" })).code, "the user is signed out");
  });

  test("nothing is usable after a revocation that was answered with 200", async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const first = await tokensOf(op, client, await authorized());
      const revoke = async () => {
        await pause(round * LATENCY_MS);
        return until200(() => revoked(op, client, first.refresh_token));
      };
      const [race] = await Promise.all([disturbed(round, () => refreshed(op, client, first.refresh_token)), revoke()]);
      for (const { access_token, refresh_token } of [first, ...race.won.map(({ json }) => json())]) {
        assert.equal((await userinfo(op, access_token)).status, 401);
        assertJsonError(await refreshed(op, client, refresh_token), 400, "invalid_grant");
      }
    }
  });
});
