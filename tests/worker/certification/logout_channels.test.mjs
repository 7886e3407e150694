// How clients learn that a session is over: logout tokens (OpenID Connect Back-Channel Logout) and frames (Front-Channel Logout).
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { Browser } from "../harness/browserless.mjs";
import { createUser, startProvider } from "../harness/provider.mjs";
import { decrypted, jwksOf, read } from "../support/client_keys.mjs";
import { assertAsks, assertSays, decide, endSession, isSignedIn, logoutToken, signedIn, wordsOf } from "../support/logout.mjs";
import { startReceiver } from "../support/receiver.mjs";
import { CALLBACK, DIANA, admin, register } from "../support/relying_party.mjs";

const EVENTS = { "http://schemas.openid.net/event/backchannel-logout": {} };
const MEMBERS = ["aud", "events", "exp", "iat", "iss", "jti", "sid", "sub"];

let op, rp, other, places = 0;

before(async () => {
  [op, rp, other] = await Promise.all([startProvider({ vars: { REGISTRATION_LIMIT: 1000 } }), startReceiver(), startReceiver()]);
  await Promise.all([createUser(op, "diana", DIANA), createUser(op, "erik", DIANA)]);
});
after(() => Promise.all([op?.stop(), rp?.stop(), other?.stop()]));

/** A client that takes logout tokens at a place of its own: { client, path }. */
async function told(metadata = {}, query = "") {
  const path = `/back/${places++}`;
  const takes = { backchannel_logout_uri: rp.url(path + query), backchannel_logout_session_required: true };
  return { client: await register(op, { ...takes, ...metadata }), path };
}

/** The logout token that comes next to such a client, checked: { header, claims }. */
const arrived = async ({ client, path }) => logoutToken(op, client, await rp.next(path));

/** The claims of an ID token, whatever the client has registered for it. */
async function claimsOf(client, token) {
  const { id_token_encrypted_response_alg: alg, id_token_encrypted_response_enc: enc } = client;
  return (await read(op, client, alg ? await decrypted(client, token, { alg, enc }) : token)).claims;
}

const PROTECTED = {
  RS256: {},
  ES256: { id_token_signed_response_alg: "ES256" },
  PS256: { id_token_signed_response_alg: "PS256" },
  EdDSA: { id_token_signed_response_alg: "EdDSA" },
  "HS256, by the client's secret": { id_token_signed_response_alg: "HS256" },
  "RS256 where ID tokens are unsigned": { id_token_signed_response_alg: "none" },
  "RS256, encrypted by RSA-OAEP": { id_token_encrypted_response_alg: "RSA-OAEP", id_token_encrypted_response_enc: "A128CBC-HS256" },
  "ES256, encrypted by ECDH-ES": {
    id_token_signed_response_alg: "ES256", id_token_encrypted_response_alg: "ECDH-ES", id_token_encrypted_response_enc: "A256GCM",
  },
  "RS256, encrypted by the client's secret": { id_token_encrypted_response_alg: "dir", id_token_encrypted_response_enc: "A128CBC-HS256" },
};

for (const [name, metadata] of Object.entries(PROTECTED)) {
  test(`Logout 3: a POST of a logout token and nothing else, with every claim and no nonce, ${name}`, async () => {
    const alg = metadata.id_token_encrypted_response_alg;
    const jwks = ["RSA-OAEP", "ECDH-ES"].includes(alg) ? { jwks: await jwksOf([alg]) } : {};
    const party = await told({ ...metadata, ...jwks });
    const { browser, hint, done } = await signedIn(op, party.client);
    assert.ok(done.fields.nonce);
    const idToken = await claimsOf(party.client, hint);
    const before = Math.floor(Date.now() / 1000);
    // A hint without a signature shows nothing, and an encrypted one does not say whose it is.
    const asked = await endSession(op, browser);
    assertSays(await decide(browser, asked, "logout-yes"), 200, "signed out");
    const { header, claims } = await arrived(party);
    assert.deepEqual([header.alg, header.typ], [name.match(/^\w+/)[0], "logout+jwt"]);
    assert.deepEqual(Object.keys(claims).sort(), MEMBERS);
    assert.deepEqual([claims.iss, claims.aud, claims.sub, claims.sid], [op.issuer, party.client.client_id, idToken.sub, idToken.sid]);
    assert.deepEqual(claims.events, EVENTS);
    assert.ok(claims.iat >= before && claims.iat <= Date.now() / 1000, `${claims.iat}`);
    assert.ok(claims.exp > claims.iat && claims.exp <= claims.iat + 120, `${claims.exp - claims.iat}`);
    assert.match(claims.jti, /^[!-~]{16,}$/);
  });
}

test("Logout 3: the request is a form without credentials, at the registered address with its query", async () => {
  const party = await told({}, "?app=1&x=%20");
  const { browser } = await signedIn(op, party.client);
  await decide(browser, await endSession(op, browser), "logout-yes");
  const request = await rp.next(party.path);
  assert.deepEqual(request.query, [["app", "1"], ["x", " "]]);
  await logoutToken(op, party.client, { ...request, query: [] });
  for (const name of ["cookie", "authorization", "referer", "origin"]) assert.equal(request.headers[name], undefined, name);
});

test("Logout 3: each client of the session is told once, by its own sub and sid, and nobody of another session", async () => {
  const parties = await Promise.all([told(), told({ subject_type: "pairwise" }), told({ subject_type: "pairwise", redirect_uris: ["https://other.example/cb"] })]);
  const bystander = await told();
  const browser = new Browser(op);
  const known = [];
  for (const { client } of parties) known.push(await claimsOf(client, (await signedIn(op, client, { browser })).hint));
  // Another device of the same person's, and somebody else.
  const there = await signedIn(op, bystander.client);
  const his = await signedIn(op, parties[0].client, { username: "erik" });
  // The second visit is the same session.
  const { hint } = await signedIn(op, parties[0].client, { browser });
  await endSession(op, browser, { id_token_hint: hint });
  const said = await Promise.all(parties.map(async (party) => (await arrived(party)).claims));
  assert.deepEqual(said.map(({ sub, sid }) => [sub, sid]), known.map(({ sub, sid }) => [sub, sid]));
  for (const name of ["jti", "sid", "sub"]) assert.equal(new Set(said.map((claims) => claims[name])).size, parties.length, name);
  assert.ok(await isSignedIn(op, bystander.client, there.browser));
  assert.ok(await isSignedIn(op, parties[0].client, his.browser));
  // What comes to the bystander now is for its own session: nothing came before it.
  await endSession(op, there.browser, { id_token_hint: there.hint });
  assert.equal((await arrived(bystander)).claims.sid, (await claimsOf(bystander.client, there.hint)).sid);
  assert.deepEqual([...parties, bystander].map(({ path }) => rp.came(path).length), [1, 1, 1, 1]);
});

test("Logout 3: to sign out again tells nobody again", async () => {
  const party = await told();
  const { hint } = await signedIn(op, party.client);
  for (let times = 0; times < 3; times++) assertSays(await endSession(op, new Browser(op), { id_token_hint: hint }), 200, "signed out");
  const first = await arrived(party);
  const next = await signedIn(op, party.client);
  await endSession(op, next.browser, { id_token_hint: next.hint });
  const second = await arrived(party);
  assert.notEqual(second.claims.sid, first.claims.sid);
  assert.notEqual(second.claims.jti, first.claims.jti);
  assert.equal(rp.came(party.path).length, 2);
});

test("Logout 3: the client's answer is kept for the operator: taken, refused, or to be tried again", async () => {
  for (const [status, progress] of [[200, "delivered"], [204, "delivered"], [400, "refused"], [503, "pending"]]) {
    const party = await told();
    rp.answer(party.path, status);
    const { browser, hint } = await signedIn(op, party.client);
    await endSession(op, browser, { id_token_hint: hint });
    const { claims } = await arrived(party);
    const noted = async () => {
      const { deliveries } = (await admin(op, "/admin/sessions/diana/deliveries")).json();
      return deliveries.find(({ client_id }) => client_id === party.client.client_id);
    };
    let found = await noted();
    while (found.answer === null) found = await noted();
    assert.deepEqual([found.progress, found.answer, found.jti], [progress, status, claims.jti]);
    if (progress !== "pending") continue;
    rp.answer(party.path, 200);
    assert.equal((await arrived(party)).claims.jti, claims.jti, "it is the same token");
  }
});

/** A client with a page that is loaded into a frame at logout, and one to go back to. */
const framed = (receiver, metadata = {}) => register(op, {
  redirect_uris: [receiver.url("/callback")],
  frontchannel_logout_uri: receiver.url("/front?app=1"),
  post_logout_redirect_uris: [receiver.url("/bye")],
  ...metadata,
});
const framesOf = ({ root }) => root.querySelectorAll("iframe").map((frame) => new URL(frame.getAttribute("src")));

test("Logout 4: an iframe for each client with issuer and sid, and then the redirect", async () => {
  const clients = await Promise.all([framed(rp), framed(other, { frontchannel_logout_session_required: true }), register(op), framed(other)]);
  const browser = new Browser(op);
  const entered = [];
  for (const client of clients.slice(0, 3)) entered.push(await signedIn(op, client, { browser }));
  await signedIn(op, clients[3]); // in another browser
  const fields = { id_token_hint: entered[0].hint, post_logout_redirect_uri: rp.url("/bye"), state: "s &" };
  const page = await endSession(op, browser, fields);
  assert.deepEqual([page.status, page.location], [200, undefined]);
  assert.match(wordsOf(page), /signed out/);
  const sids = await Promise.all([0, 1].map(async (number) => (await claimsOf(clients[number], entered[number].hint)).sid));
  const frames = framesOf(page);
  const expected = [rp, other].map(({ origin }, number) => [`${origin}/front`, [["app", "1"], ["iss", op.issuer], ["sid", sids[number]]]]);
  const loaded = frames.map(({ origin, pathname, searchParams }) => [origin + pathname, [...searchParams]]);
  assert.deepEqual(loaded.sort(), expected.sort());

  // The policy lets these frames load and the page's one script run, which goes on when they have.
  const policy = page.headers["content-security-policy"];
  const [, sources] = policy.match(/frame-src ([^;]+)/);
  assert.deepEqual(sources.split(" ").sort(), [rp.origin, other.origin].sort());
  const [script, ...more] = page.root.querySelectorAll("script");
  assert.deepEqual([more, script.attributes], [[], {}]);
  const hash = createHash("sha256").update(script.textContent).digest("base64");
  assert.ok(policy.includes(`script-src 'sha256-${hash}'`), policy);
  for (const frame of frames) await browser.get(frame, { from: page });
  for (const receiver of [rp, other]) assert.equal((await receiver.next("/front")).method, "GET");
  const back = await browser.get(page.root.querySelector("a#next").getAttribute("href"), { from: page });
  assert.equal(back.status, 200);
  assert.deepEqual((await rp.next("/bye")).query, [["state", "s &"]]);
  assert.equal(await isSignedIn(op, clients[0], browser), false);
});

test("Logout 4: the frames are there without a place to go to, after the question too, and again when the page is asked for again", async () => {
  const client = await framed(rp);
  const entered = await signedIn(op, client);
  const asked = await endSession(op, entered.browser);
  assertAsks(asked);
  assert.deepEqual(framesOf(asked), []);
  const done = await decide(entered.browser, asked, "logout-yes");
  const again = await endSession(op, new Browser(op), { id_token_hint: entered.hint });
  for (const page of [done, again]) {
    assertSays(page, 200, "signed out");
    assert.deepEqual(framesOf(page).map(({ href }) => href), framesOf(done).map(({ href }) => href));
    assert.equal(framesOf(page).length, 1);
  }
});

test("Logout 4: a client that takes both is told by both", async () => {
  const { client, path } = await told({ redirect_uris: [rp.url("/callback")], frontchannel_logout_uri: rp.url("/front") });
  const { browser, hint } = await signedIn(op, client);
  const [frame] = framesOf(await endSession(op, browser, { id_token_hint: hint }));
  assert.equal((await arrived({ client, path })).claims.sid, frame.searchParams.get("sid"));
});

test("Logout 4: a page for a frame has to be on the client's own origin, and a logout URI is without a fragment", async () => {
  const wrong = [
    { frontchannel_logout_uri: other.url("/front") },
    { frontchannel_logout_uri: rp.url("/front#x") },
    { frontchannel_logout_uri: "javascript:alert(1)" },
    { backchannel_logout_uri: rp.url("/back#x") },
    { backchannel_logout_uri: "ftp://rp.example/back" },
  ];
  for (const metadata of wrong) {
    const answer = await op.request("/registration", { json: { redirect_uris: [rp.url("/callback"), CALLBACK], ...metadata } });
    assert.deepEqual([answer.status, answer.json().error], [400, "invalid_client_metadata"], JSON.stringify(metadata));
  }
});
