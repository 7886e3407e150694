// openid-client signs people out as its documentation says, and the client's server learns of it: what it takes for a logout token it validates with jose.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as jose from "jose";
import * as oidc from "openid-client";
import { Browser } from "./harness/browserless.mjs";
import { createUser, startProvider } from "./harness/provider.mjs";
import { finish } from "./support/front_channel.mjs";
import { assertAsks, assertSays, copyOf, decide } from "./support/logout.mjs";
import { startReceiver } from "./support/receiver.mjs";
import { DIANA } from "./support/relying_party.mjs";

const EVENT = "http://schemas.openid.net/event/backchannel-logout";

let op, rp, callback, bye;

before(async () => {
  [op, rp] = await Promise.all([startProvider({ vars: { REGISTRATION_LIMIT: 1000 } }), startReceiver()]);
  [callback, bye] = [rp.url("/callback"), rp.url("/bye")];
  await createUser(op, "diana", DIANA);
});
after(() => Promise.all([op?.stop(), rp?.stop()]));

let places = 0;

/** Discovers the provider and registers a client that takes part in logout: { config, path }, the path being that of its logout tokens. */
async function registered(metadata = {}, authentication = oidc.ClientSecretBasic()) {
  const path = `/back/${places++}`;
  const own = { redirect_uris: [callback], post_logout_redirect_uris: [bye], backchannel_logout_uri: rp.url(path), backchannel_logout_session_required: true };
  const config = await oidc.dynamicClientRegistration(new URL(op.issuer), { ...own, ...metadata }, authentication, {
    execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
  });
  return { config, path };
}

/** Begins a flow: where to send the person, and what to expect back. */
async function begun(config, changes = {}) {
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const checks = { pkceCodeVerifier, expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce(), idTokenExpected: true };
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: callback,
    scope: "openid email",
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    ...changes,
  });
  return { url, checks };
}

/** Signs diana in at a client: its tokens. */
async function signedIn({ config }, browser, changes) {
  const { url, checks } = await begun(config, changes);
  const { page } = await finish({ ...(await browser.get(url)), browser, request: { fields: { redirect_uri: callback } } });
  return oidc.authorizationCodeGrant(config, new URL(page.location), checks);
}

/** Validates a logout token as OpenID Connect Back-Channel Logout, section 2.6, tells a client to: its claims. */
async function validated({ config }, { method, headers, fields }) {
  assert.deepEqual([method, headers["content-type"]], ["POST", "application/x-www-form-urlencoded"]);
  const { jwks_uri: keys, issuer } = config.serverMetadata();
  const { client_id: audience, id_token_signed_response_alg: alg = "RS256" } = config.clientMetadata();
  const { payload } = await jose.jwtVerify(Object.fromEntries(fields).logout_token, jose.createRemoteJWKSet(new URL(keys)), {
    issuer, audience, algorithms: [alg], typ: "logout+jwt", requiredClaims: ["iat", "exp", "jti", "events", "sub", "sid"], maxTokenAge: "2 minutes",
  });
  assert.deepEqual(payload.events, { [EVENT]: {} });
  assert.ok(!("nonce" in payload));
  return payload;
}

/** Nobody is signed in any more at a browser with these cookies. */
async function assertSignedOut({ config }, browser) {
  const { url, checks } = await begun(config, { prompt: "none" });
  const { location } = await browser.get(url);
  await assert.rejects(oidc.authorizationCodeGrant(config, new URL(location), checks), { error: "login_required" });
}

const CLIENTS = {
  "client_secret_basic, RS256": [{}],
  "client_secret_post, ES256": [{ id_token_signed_response_alg: "ES256", token_endpoint_auth_method: "client_secret_post" }, oidc.ClientSecretPost()],
  "a public client, EdDSA": [{ id_token_signed_response_alg: "EdDSA", token_endpoint_auth_method: "none" }, oidc.None()],
  "pairwise subjects": [{ subject_type: "pairwise" }],
};

for (const [name, [metadata, authentication]] of Object.entries(CLIENTS)) {
  test(`buildEndSessionUrl leads out and back to the client, ${name}`, async () => {
    const party = await registered(metadata, authentication);
    const { config, path } = party;
    assert.ok(config.serverMetadata().end_session_endpoint);
    for (const more of [{}, { state: oidc.randomState() }]) {
      const browser = new Browser(op);
      const tokens = await signedIn(party, browser);
      const copy = copyOf(op, browser);
      const redirectTo = oidc.buildEndSessionUrl(config, { post_logout_redirect_uri: bye, id_token_hint: tokens.id_token, ...more });
      const back = await browser.follow(await browser.get(redirectTo));
      assert.deepEqual([back.status, new URL(back.url).origin], [200, rp.origin]);
      assert.deepEqual((await rp.next("/bye")).query, Object.entries(more));
      const { sub, sid } = await validated(party, await rp.next(path));
      assert.deepEqual([sub, sid], [tokens.claims().sub, tokens.claims().sid]);
      await assertSignedOut(party, copy);
      await assert.rejects(oidc.fetchUserInfo(config, tokens.access_token, sub), { status: 401 });
    }
  });
}

test("a client that has been discovered and not registered by the library does the same", async () => {
  const party = await registered({ token_endpoint_auth_method: "client_secret_post" }, oidc.ClientSecretPost());
  const { client_id, client_secret } = party.config.clientMetadata();
  const config = await oidc.discovery(new URL(op.issuer), client_id, client_secret, undefined, { execute: [oidc.allowInsecureRequests] });
  const browser = new Browser(op);
  const { id_token } = await signedIn({ config }, browser);
  const left = await browser.get(oidc.buildEndSessionUrl(config, { post_logout_redirect_uri: bye, id_token_hint: id_token, state: "s" }));
  assert.equal(left.location, `${bye}?state=s`);
  await validated(party, await rp.next(party.path));
});

test("without an ID token the person is asked, and stays at the provider", async () => {
  const party = await registered();
  const browser = new Browser(op);
  const tokens = await signedIn(party, browser);
  const copy = copyOf(op, browser);
  const asked = await browser.get(oidc.buildEndSessionUrl(party.config, { post_logout_redirect_uri: bye, state: "s" }));
  assertAsks(asked);
  assertSays(await decide(browser, asked, "logout-yes"), 200, "signed out");
  assert.equal((await validated(party, await rp.next(party.path))).sid, tokens.claims().sid);
  await assertSignedOut(party, copy);
});

test("every client of the session forgets the person by its own sid, and of no other session", async () => {
  const parties = await Promise.all([registered(), registered({ id_token_signed_response_alg: "ES256" }), registered()]);
  const [here, there] = [new Browser(op), new Browser(op)];
  // What a client holds of the people who are signed in at it, by sid.
  const held = parties.map(() => new Map());
  for (const browser of [here, there]) {
    for (const [number, party] of parties.entries()) {
      const claims = (await signedIn(party, browser)).claims();
      held[number].set(claims.sid, browser);
    }
  }
  const tokens = await signedIn(parties[0], here);
  assert.deepEqual(held.map((sessions) => sessions.size), [2, 2, 2]);
  const left = await here.get(oidc.buildEndSessionUrl(parties[0].config, { post_logout_redirect_uri: bye, id_token_hint: tokens.id_token }));
  assert.equal(left.location, bye);
  for (const [number, party] of parties.entries()) {
    const { sid } = await validated(party, await rp.next(party.path));
    assert.ok(held[number].delete(sid));
  }
  assert.deepEqual(held.map((sessions) => [...sessions.values()]), [[there], [there], [there]]);
  await signedIn(parties[0], there, { prompt: "none" });
});
