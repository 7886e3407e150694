// Relying parties as they are out there: openid-client and oauth4webapi discover, register, sign a person in and validate what they get.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as oauth from "oauth4webapi";
import * as oidc from "openid-client";
import { Browser } from "./harness/browserless.mjs";
import { createUser, startProvider } from "./harness/provider.mjs";
import { decode } from "./support/jwt.mjs";
import { CALLBACK, DIANA, signIn } from "./support/relying_party.mjs";

const SCOPE = "openid profile email address phone";
const insecure = { [oauth.allowInsecureRequests]: true };

const CLIENTS = ["client_secret_basic", "client_secret_post", "none"].flatMap((method) =>
  ["RS256", "ES256"].map((alg) => ({ token_endpoint_auth_method: method, id_token_signed_response_alg: alg })));
const named = (library, { token_endpoint_auth_method, id_token_signed_response_alg }) =>
  `${library}, ${token_endpoint_auth_method}, ${id_token_signed_response_alg}`;

let op;

before(async () => {
  op = await startProvider();
  await createUser(op, "diana", DIANA);
});
after(() => op?.stop());

/** A person follows `url`, signs in and allows: where the browser is sent in the end. */
async function person(url) {
  const browser = new Browser(op);
  const consent = await signIn(browser, await browser.get(url));
  const { location } = await browser.submit(consent, { button: "allow" });
  return new URL(location);
}

function assertUserinfo({ sub, ...claims }, idToken) {
  assert.equal(sub, idToken.sub);
  assert.deepEqual(claims, DIANA.claims);
}

function assertIdToken(token, claims, { client_id, id_token_signed_response_alg: alg }) {
  const { header } = decode(token);
  assert.deepEqual(Object.keys(header).sort(), ["alg", "kid"]);
  assert.equal(header.alg, alg);
  assert.equal(claims.iss, op.issuer);
  assert.equal(claims.aud, client_id);
  assert.equal(claims.exp - claims.iat, 300);
  assert.ok(Math.abs(claims.auth_time - Date.now() / 1000) < 30);
  assert.deepEqual(Object.keys(claims).sort(), ["acr", "aud", "auth_time", "exp", "iat", "iss", "nonce", "sub"]);
}

for (const metadata of CLIENTS) {
  test(named("openid-client", metadata), async () => {
    const authentication = { client_secret_basic: oidc.ClientSecretBasic, client_secret_post: oidc.ClientSecretPost, none: oidc.None };
    const config = await oidc.dynamicClientRegistration(
      new URL(op.issuer),
      { redirect_uris: [CALLBACK], ...metadata },
      authentication[metadata.token_endpoint_auth_method](),
      { execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks] },
    );
    const client = config.clientMetadata();
    assert.equal(client.client_secret === undefined, metadata.token_endpoint_auth_method === "none");
    const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
    const checks = { pkceCodeVerifier, expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce(), maxAge: 600 };
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: CALLBACK,
      scope: SCOPE,
      state: checks.expectedState,
      nonce: checks.expectedNonce,
      max_age: "600",
      code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: "S256",
    });
    const tokens = await oidc.authorizationCodeGrant(config, await person(url), { ...checks, idTokenExpected: true });
    assertIdToken(tokens.id_token, tokens.claims(), client);
    assert.equal(tokens.expires_in, 3600);
    assertUserinfo(await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub), tokens.claims());
  });

  test(named("oauth4webapi", metadata), async () => {
    const issuer = new URL(op.issuer);
    const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { ...insecure, algorithm: "oidc" }));
    const registration = await oauth.dynamicClientRegistrationRequest(server, { redirect_uris: [CALLBACK], ...metadata }, insecure);
    const client = await oauth.processDynamicClientRegistrationResponse(registration);
    const authentication = {
      client_secret_basic: () => oauth.ClientSecretBasic(client.client_secret),
      client_secret_post: () => oauth.ClientSecretPost(client.client_secret),
      none: () => oauth.None(),
    }[metadata.token_endpoint_auth_method]();

    const [verifier, state, nonce] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState(), oauth.generateRandomNonce()];
    const url = new URL(server.authorization_endpoint);
    url.search = new URLSearchParams({
      client_id: client.client_id,
      redirect_uri: CALLBACK,
      response_type: "code",
      scope: SCOPE,
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    }).toString();
    const callback = oauth.validateAuthResponse(server, client, await person(url), state);
    const response = await oauth.authorizationCodeGrantRequest(server, client, authentication, callback, CALLBACK, verifier, insecure);
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, { expectedNonce: nonce, requireIdToken: true });
    await oauth.validateApplicationLevelSignature(server, response, insecure);
    const claims = oauth.getValidatedIdTokenClaims(tokens);
    assertIdToken(tokens.id_token, claims, client);

    const info = await oauth.userInfoRequest(server, client, tokens.access_token, insecure);
    assertUserinfo(await oauth.processUserInfoResponse(server, client, claims.sub, info), claims);

    // RFC 9068, as a resource server checks it.
    const atResource = new Request(server.userinfo_endpoint, { headers: { authorization: `Bearer ${tokens.access_token}` } });
    const accessToken = await oauth.validateJwtAccessToken(server, atResource, op.issuer, insecure);
    assert.equal(decode(tokens.access_token).header.alg, "ES256");
    assert.equal(accessToken.sub, claims.sub);
    assert.equal(accessToken.client_id, client.client_id);
    assert.equal(accessToken.scope, SCOPE);
    assert.equal(accessToken.exp - accessToken.iat, 3600);
    assert.ok(!JSON.stringify(accessToken).includes("diana"));
  });
}

test("a library notices an answer of another issuer and a wrong nonce", async () => {
  // What the tests above rely on: with one thing changed the same libraries refuse.
  const config = await oidc.dynamicClientRegistration(new URL(op.issuer), { redirect_uris: [CALLBACK] }, oidc.ClientSecretBasic(), {
    execute: [oidc.allowInsecureRequests],
  });
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope: "openid",
    nonce: "the right one",
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
  });
  const arrived = await person(url);
  const elsewhere = new URL(arrived);
  elsewhere.searchParams.set("iss", "https://evil.example");
  const because = (pattern) => (error) => pattern.test(error.cause?.message);
  const redeem = (callback, expectedNonce) => oidc.authorizationCodeGrant(config, callback, { pkceCodeVerifier, expectedNonce });
  await assert.rejects(redeem(elsewhere, "the right one"), because(/unexpected "iss"/));
  await assert.rejects(redeem(arrived, "another"), because(/unexpected ID Token "nonce"/));
});
