// What is left of a session once somebody has signed out, whatever was under way at the time and whoever is slow to hear of it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Browser } from "../harness/browserless.mjs";
import { createUser, startProvider } from "../harness/provider.mjs";
import { assertJsonError, assertLocal } from "../support/assertions.mjs";
import { assertDead, claimsAt, introspected, redeemed, refreshed, worked } from "../support/back_channel.mjs";
import { EVERY_FLOW, assertRefused, assertShows, granted, open } from "../support/front_channel.mjs";
import { decode } from "../support/jwt.mjs";
import { copyOf, decide, endSession, isSignedIn, logoutToken, signedIn } from "../support/logout.mjs";
import { startReceiver } from "../support/receiver.mjs";
import { DIANA, OFFLINE, admin, register } from "../support/relying_party.mjs";

const SLOW_MS = 4000;
const LATENCY_MS = 10;
const AT_ONCE = 20;
/** How many of the requests are on their way before the sign-out is, round by round. */
const BEFORE = [0, 3, 8, 13, 17, 20];

let op, racing, rp, client, racer;

before(async () => {
  const vars = { REGISTRATION_LIMIT: 1000 };
  [op, racing, rp] = await Promise.all([startProvider({ vars }), startProvider({ vars, delayObjectsMs: LATENCY_MS }), startReceiver()]);
  for (const name of ["diana", "erik"]) await Promise.all([op, racing].map((provider) => createUser(provider, name, DIANA)));
  const metadata = { ...EVERY_FLOW, redirect_uris: [rp.url("/callback")], post_logout_redirect_uris: [rp.url("/bye")] };
  [client, racer] = await Promise.all([op, racing].map((provider) => register(provider, metadata)));
});
after(() => Promise.all([op?.stop(), racing?.stop(), rp?.stop()]));

const enter = (options) => signedIn(op, client, options);

/** The two ways in which a session ends. */
const ENDS = {
  "by an ID token": ({ browser, hint }) => endSession(op, browser, { id_token_hint: hint }),
  "by the person's own word": async ({ browser }) => decide(browser, await endSession(op, browser), "logout-yes"),
};

for (const [how, end] of Object.entries(ENDS)) {
  test(`Security 29: afterwards the old cookie is dead, ${how}`, async () => {
    const entered = await enter();
    const stolen = copyOf(op, entered.browser);
    assert.equal(await isSignedIn(op, client, stolen), true);
    const consent = await open(op, client, { prompt: "consent" }, { browser: copyOf(op, stolen) });
    assertShows(consent, "allow");
    await end(entered);
    for (const browser of [stolen, entered.browser]) {
      for (const response_type of ["code", "id_token"]) {
        const page = await open(op, client, { prompt: "none", response_type }, { browser: copyOf(op, browser) });
        assertRefused(op, page, "login_required");
      }
      assertShows(await open(op, client, {}, { browser: copyOf(op, browser) }), "login");
    }
    // A page that was open in it grants nothing.
    assertLocal(await consent.browser.submit(consent, { button: "allow" }));
  });

  test(`Security 29: afterwards a refresh token is dead, with its access tokens, ${how}`, async () => {
    const entered = await enter();
    const there = await enter();
    const next = await worked(refreshed(op, client, (await enter({ browser: entered.browser })).tokens.refresh_token));
    assert.ok(entered.tokens.refresh_token && next.refresh_token);
    await end(entered);
    for (const tokens of [entered.tokens, next]) await assertDead(op, client, tokens);
    // Another device's live on.
    await claimsAt(op, there.tokens.access_token);
    await worked(refreshed(op, client, there.tokens.refresh_token));
  });

  test(`Security 29: afterwards an offline refresh token is alive, ${how}`, async () => {
    const entered = await enter(OFFLINE);
    const used = await enter({ ...OFFLINE, browser: entered.browser });
    const next = await worked(refreshed(op, client, used.tokens.refresh_token));
    await end(entered);
    for (const { refresh_token } of [entered.tokens, next]) {
      assert.equal((await introspected(op, client, refresh_token)).json().active, true);
      const last = await worked(refreshed(op, client, refresh_token));
      assert.equal((await claimsAt(op, last.access_token)).sub, decode(entered.hint).claims.sub);
    }
  });

  test(`Security 29: afterwards the code and the access tokens of an offline grant are dead, ${how}`, async () => {
    const entered = await enter(OFFLINE);
    const next = await worked(refreshed(op, client, entered.tokens.refresh_token));
    const hybrid = await granted(op, client, { ...OFFLINE, response_type: "code token" }, { browser: entered.browser });
    await end(entered);
    for (const { access_token } of [entered.tokens, next, hybrid.answer]) await assertDead(op, client, { access_token });
    assertJsonError(await redeemed(op, client, hybrid), 400, "invalid_grant");
  });

  test(`Security 29: afterwards a code that nobody has redeemed is dead, ${how}`, async () => {
    const entered = await enter();
    const unredeemed = await Promise.all(["code", "code id_token token"].map((response_type) => granted(op, client, { response_type }, { browser: entered.browser })));
    await end(entered);
    for (const done of unredeemed) assertJsonError(await redeemed(op, client, done), 400, "invalid_grant");
    await assertDead(op, client, { access_token: unredeemed[1].answer.access_token });
  });

  test(`Security 29: the next login has a new sid, and the same sub, ${how}`, async () => {
    const entered = await enter();
    const cookies = entered.browser.cookies.for(new URL(op.issuer)).map(({ value }) => value);
    const before = decode(entered.hint).claims;
    await end(entered);
    const { claims } = decode((await enter({ browser: entered.browser })).hint);
    assert.ok(claims.sid && claims.sid !== before.sid);
    assert.equal(claims.sub, before.sub);
    const session = entered.browser.cookies.for(new URL(op.issuer)).find(({ name }) => name.endsWith("session"));
    assert.ok(!cookies.includes(session.value), "the session's cookie is the same");
  });
}

test(`Security 29: a client that answers after ${SLOW_MS} ms keeps nobody waiting: not the person, nor another client, nor the same person elsewhere`, async () => {
  const takes = (path) => register(op, { backchannel_logout_uri: rp.url(path), post_logout_redirect_uris: [rp.url("/bye")] });
  const [slow, quick] = await Promise.all([takes("/slow"), takes("/quick")]);
  const there = await signedIn(op, quick);
  const browser = new Browser(op);
  await signedIn(op, slow, { browser });
  const { hint } = await signedIn(op, quick, { browser });
  const release = rp.hold("/slow");
  let answered = false;
  const answer = () => {
    answered = true;
    release();
  };
  const timer = setTimeout(answer, SLOW_MS);
  const meanwhile = async (step) => {
    const done = await step;
    assert.equal(answered, false, "it has taken until the slow client answered");
    return done;
  };
  const sidAt = async (request) => (await logoutToken(op, quick, request)).claims.sid;

  assert.equal((await meanwhile(endSession(op, browser, { id_token_hint: hint, post_logout_redirect_uri: rp.url("/bye") }))).location, rp.url("/bye"));
  await meanwhile(rp.next("/slow"));
  assert.equal(await sidAt(await meanwhile(rp.next("/quick"))), decode(hint).claims.sid);
  await meanwhile(claimsAt(op, there.tokens.access_token));
  const again = await meanwhile(signedIn(op, quick, { browser }));
  for (const leaving of [there, again]) {
    await meanwhile(endSession(op, leaving.browser, { id_token_hint: leaving.hint }));
    assert.equal(await sidAt(await meanwhile(rp.next("/quick"))), decode(leaving.hint).claims.sid);
  }

  clearTimeout(timer);
  answer();
  const progressOf = async () => {
    const { deliveries } = (await admin(op, "/admin/sessions/diana/deliveries")).json();
    return deliveries.find(({ client_id }) => client_id === slow.client_id).progress;
  };
  while ((await progressOf()) === "pending") assert.equal(rp.came("/slow").length, 1, "it was not waited for");
  assert.equal(await progressOf(), "delivered");
});

/** What happens while somebody signs out: the requests of a round, made with what is held of the session. Each ends in what it has won of it. */
const RACES = {
  "refreshes of one token": async ({ tokens }) => Array.from({ length: AT_ONCE }, () => () => won(refreshed(racing, racer, tokens.refresh_token))),
  "refreshes in chains": async ({ tokens }) => Array.from({ length: AT_ONCE }, () => () => chain(tokens.refresh_token)),
  "redemptions of as many codes": async ({ browser }) => {
    const codes = await times(() => granted(racing, racer, {}, { browser }));
    return codes.map((done) => () => won(redeemed(racing, racer, done), done));
  },
  "authorizations": async ({ browser }) => Array.from({ length: AT_ONCE }, (_, i) => () => authorization(browser, i % 2 ? "code" : "code id_token token")),
  "of all these": async (session) => {
    const lists = await Promise.all(["refreshes in chains", "redemptions of as many codes", "authorizations"].map((name) => RACES[name](session)));
    return Array.from({ length: AT_ONCE }, (_, i) => lists[i % lists.length][i]);
  },
};

const times = (one) => Promise.all(Array.from({ length: AT_ONCE }, (_, i) => one(i)));

/** What a request to the token endpoint has won, and the code that it was made with. */
async function won(request, done) {
  const answer = await request;
  if (answer.status === 200) return { tokens: [answer.json()], codes: [done].filter(Boolean) };
  assertJsonError(answer, 400, "invalid_grant");
  return { tokens: [], codes: [done].filter(Boolean) };
}

/** Refreshes for as long as that works. */
async function chain(refresh_token) {
  const tokens = [];
  for (;;) {
    const [next] = (await won(refreshed(racing, racer, refresh_token))).tokens;
    if (!next) return { tokens, codes: [] };
    tokens.push(next);
    ({ refresh_token } = next);
  }
}

/** Asks for more in the session, by its cookie. */
async function authorization(browser, response_type) {
  const page = await open(racing, racer, { prompt: "none", response_type }, { browser: copyOf(racing, browser) });
  const url = new URL(page.location);
  const answer = Object.fromEntries(new URLSearchParams(url.hash.slice(1) || url.search));
  assert.ok([undefined, "login_required"].includes(answer.error), answer.error);
  const { access_token, code } = answer;
  return { tokens: access_token ? [{ access_token }] : [], codes: code ? [{ ...page.request, code }] : [] };
}

for (const [name, prepare] of Object.entries(RACES)) {
  test(`Security 29: signing out races ${AT_ONCE} ${name}: no token of the session is accepted anywhere afterwards`, async () => {
    let born = 0;
    for (const before of BEFORE) {
      const session = await signedIn(racing, racer);
      const requests = await prepare({ ...session, browser: copyOf(racing, session.browser) });
      const out = async () => {
        assert.equal((await endSession(racing, session.browser, { id_token_hint: session.hint })).status, 200);
        // The others are still under way.
        await assertDead(racing, racer, session.tokens);
        return { tokens: [], codes: [] };
      };
      requests.splice(before, 0, out);
      const results = await Promise.all(requests.map((request) => request()));
      const [tokens, codes] = [results.flatMap((one) => one.tokens), results.flatMap((one) => one.codes)];
      born += tokens.length + (name === "authorizations" ? codes.length : 0);
      await Promise.all(tokens.map((one) => assertDead(racing, racer, one)));
      for (const done of codes) assertJsonError(await redeemed(racing, racer, done), 400, "invalid_grant");
      await Promise.all(tokens.map((one) => assertDead(racing, racer, one)));
    }
    assert.ok(born, "nothing came before a sign-out");
  });
}
