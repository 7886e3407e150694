// openid-client, as it is out there, by every flow beyond the plain code flow: it validates what it gets, so these tests need not.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import * as oidc from "openid-client";
import { Browser } from "./harness/browserless.mjs";
import { createUser, startProvider } from "./harness/provider.mjs";
import { ASYMMETRIC, CONTENT_ENCRYPTION, KEY_MANAGEMENT, isSymmetric, jwksOf, keyFor } from "./support/client_keys.mjs";
import { answerOf, finish } from "./support/front_channel.mjs";
import { CALLBACK, DIANA } from "./support/relying_party.mjs";
import { startSite } from "./support/site.mjs";

const SCOPE = "openid profile email address phone";
const IMPLICIT = { response_types: ["id_token"], grant_types: ["implicit"] };
const HYBRID = { response_types: ["code id_token"], grant_types: ["authorization_code", "implicit"] };

let op, site;

before(async () => {
  op = await startProvider({ vars: { REGISTRATION_LIMIT: 1000 } });
  site = await startSite();
  await createUser(op, "diana", DIANA);
});
after(() => Promise.all([op?.stop(), site?.stop()]));

/** Discovers the provider and registers with it. */
const registered = (metadata = {}, authentication = oidc.ClientSecretBasic(), ...execute) =>
  oidc.dynamicClientRegistration(new URL(op.issuer), { redirect_uris: [CALLBACK], ...metadata }, authentication, {
    execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks, ...execute],
  });

/** Begins a flow: what to send and what to expect back. */
async function begun(changes = {}) {
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const [expectedState, expectedNonce] = [oidc.randomState(), oidc.randomNonce()];
  const parameters = {
    redirect_uri: CALLBACK,
    scope: SCOPE,
    state: expectedState,
    nonce: expectedNonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    ...changes,
  };
  return { parameters, checks: { pkceCodeVerifier, expectedState, expectedNonce } };
}

/** A person follows `url`, signs in and allows: what arrives at the client's callback, an address or a posted form. */
async function person(url, browser = new Browser(op)) {
  const first = await browser.get(url);
  const { page } = await finish({ ...first, browser, request: { fields: { redirect_uri: CALLBACK } } });
  const { mode, entries, answer } = answerOf(page) ?? assert.fail(`${page.status} ${page.location ?? page.text}`);
  assert.equal(answer.error, undefined, JSON.stringify(answer));
  return mode === "form_post" ? new Request(CALLBACK, { method: "POST", body: new URLSearchParams(entries) }) : new URL(page.location);
}

/** A code flow from end to end: the tokens and the claims of userinfo. */
async function codeFlow(config, changes, build = oidc.buildAuthorizationUrl, browser) {
  const { parameters, checks } = await begun(changes);
  const tokens = await oidc.authorizationCodeGrant(config, await person(await build(config, parameters), browser), { ...checks, idTokenExpected: true });
  const info = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
  assert.deepEqual({ ...info, ...DIANA.claims }, info, "userinfo is not complete");
  return { tokens, info };
}

describe("implicit", () => {
  for (const alg of ["RS256", "PS256", "ES256", "EdDSA"]) {
    for (const response_mode of ["fragment", "form_post"]) {
      test(`id_token by ${response_mode}, ${alg}`, async () => {
        const metadata = { ...IMPLICIT, token_endpoint_auth_method: "none", id_token_signed_response_alg: alg };
        const config = await registered(metadata, oidc.None(), oidc.useIdTokenResponseType);
        const { parameters: { code_challenge, code_challenge_method, ...parameters }, checks } = await begun({ response_mode, max_age: "600" });
        const arrived = await person(oidc.buildAuthorizationUrl(config, parameters));
        const claims = await oidc.implicitAuthentication(config, arrived, checks.expectedNonce, { expectedState: checks.expectedState, maxAge: 600 });
        assert.equal(claims.name, DIANA.claims.name);
      });
    }
  }
});

describe("hybrid", () => {
  for (const alg of ["RS256", "PS256", "ES256", "EdDSA"]) {
    for (const response_mode of ["fragment", "form_post"]) {
      test(`code id_token by ${response_mode}, ${alg}`, async () => {
        const config = await registered({ ...HYBRID, id_token_signed_response_alg: alg }, oidc.ClientSecretBasic(), oidc.useCodeIdTokenResponseType);
        await codeFlow(config, { response_mode });
      });
    }
  }

  test("with a detached signature's checks, openid-client's strictest", async () => {
    const config = await registered({ ...HYBRID, id_token_signed_response_alg: "PS256" }, oidc.ClientSecretBasic(), oidc.useCodeIdTokenResponseType);
    const { parameters, checks } = await begun();
    const wrong = { ...checks, expectedNonce: "another" };
    const arrived = await person(oidc.buildAuthorizationUrl(config, parameters));
    await assert.rejects(oidc.authorizationCodeGrant(config, arrived, wrong));
    const swapped = new URL(arrived);
    swapped.hash = swapped.hash.replace(/code=[^&]+/, "code=x");
    await assert.rejects(oidc.authorizationCodeGrant(config, swapped, checks));
    await oidc.authorizationCodeGrant(config, arrived, checks);
  });
});

test("form_post of a code", async () => {
  await codeFlow(await registered(), { response_mode: "form_post" });
});

describe("client authentication", () => {
  for (const alg of ASYMMETRIC) {
    for (const kid of [undefined, "mine"]) {
      test(`private_key_jwt by ${alg} ${kid ? "with" : "without"} a kid, by value and by reference`, async () => {
        const jwks = await jwksOf([alg], { kid });
        const { privateKey: key } = await keyFor(alg);
        for (const where of [{ jwks }, { jwks_uri: site.publish(`/jwks/${alg}/${kid}`, jwks) }]) {
          const metadata = { ...where, token_endpoint_auth_method: "private_key_jwt", token_endpoint_auth_signing_alg: alg };
          await codeFlow(await registered(metadata, oidc.PrivateKeyJwt({ key, kid })));
        }
      });
    }
  }

  test("client_secret_jwt", async () => {
    await codeFlow(await registered({ token_endpoint_auth_method: "client_secret_jwt" }, oidc.ClientSecretJwt()));
  });

  test("client_secret_post, and a public client", async () => {
    await codeFlow(await registered({ token_endpoint_auth_method: "client_secret_post" }, oidc.ClientSecretPost()));
    await codeFlow(await registered({ token_endpoint_auth_method: "none" }, oidc.None()));
  });
});

describe("request objects", () => {
  for (const alg of ASYMMETRIC) {
    test(`by value, ${alg}`, async () => {
      const { privateKey } = await keyFor(alg);
      const config = await registered({ jwks: await jwksOf([alg]), request_object_signing_alg: alg });
      await codeFlow(config, {}, (of, parameters) => oidc.buildAuthorizationUrlWithJAR(of, parameters, privateKey));
    });

    test(`by reference, ${alg}`, async () => {
      const { privateKey } = await keyFor(alg);
      const path = `/request/${alg}`;
      const config = await registered({ jwks: await jwksOf([alg]), request_object_signing_alg: alg, request_uris: [site.url(path)] });
      const byReference = async (of, parameters) => {
        const url = await oidc.buildAuthorizationUrlWithJAR(of, parameters, privateKey);
        const request_uri = site.publish(path, url.searchParams.get("request"), { type: "application/oauth-authz-req+jwt" });
        url.search = new URLSearchParams({ client_id: url.searchParams.get("client_id"), request_uri }).toString();
        return url;
      };
      await codeFlow(config, {}, byReference);
      assert.ok(site.hits(path) > 0);
    });
  }
});

describe("encrypted", () => {
  for (const alg of KEY_MANAGEMENT.filter((one) => !isSymmetric(one))) {
    test(`ID tokens and userinfo by ${alg}, with every content encryption`, async () => {
      const { privateKey: key } = await keyFor(alg);
      const browser = new Browser(op);
      for (const enc of CONTENT_ENCRYPTION) {
        const metadata = {
          jwks: await jwksOf([alg]),
          id_token_encrypted_response_alg: alg,
          id_token_encrypted_response_enc: enc,
          userinfo_signed_response_alg: "RS256",
          userinfo_encrypted_response_alg: alg,
          userinfo_encrypted_response_enc: enc,
        };
        const config = await registered(metadata);
        oidc.enableDecryptingResponses(config, [enc], { key, alg });
        await codeFlow(config, {}, undefined, browser);
      }
    });
  }

  test("hybrid: the ID token of the front channel is encrypted too", async () => {
    const { privateKey: key } = await keyFor("ECDH-ES");
    const metadata = { ...HYBRID, jwks: await jwksOf(["ECDH-ES"]), id_token_encrypted_response_alg: "ECDH-ES", id_token_encrypted_response_enc: "A256GCM" };
    const config = await registered(metadata, oidc.ClientSecretBasic(), oidc.useCodeIdTokenResponseType);
    oidc.enableDecryptingResponses(config, ["A256GCM"], { key, alg: "ECDH-ES" });
    await codeFlow(config);
  });
});

test("pairwise: the clients of a sector know one subject, and it stays", async () => {
  const sub = async () => {
    const config = await registered({ subject_type: "pairwise" });
    return [(await codeFlow(config)).info.sub, (await codeFlow(config)).info.sub];
  };
  const [[one, again], [other]] = [await sub(), await sub()];
  assert.equal(one, again);
  // The two clients share a callback, and so a sector.
  assert.equal(one, other);
  assert.notEqual(one, (await codeFlow(await registered())).info.sub);
});

for (const alg of ASYMMETRIC) {
  test(`signed userinfo, ${alg}`, async () => {
    await codeFlow(await registered({ userinfo_signed_response_alg: alg }));
  });
}

test("refresh: new tokens, the same person, and a token that rotates", async () => {
  const config = await registered({ grant_types: ["authorization_code", "refresh_token"] });
  const { tokens, info } = await codeFlow(config, { scope: `${SCOPE} offline_access`, prompt: "consent" });
  let last = tokens;
  for (let round = 0; round < 3; round++) {
    const next = await oidc.refreshTokenGrant(config, last.refresh_token);
    assert.equal(next.claims().sub, info.sub);
    assert.notEqual(next.refresh_token, last.refresh_token);
    assert.deepEqual(await oidc.fetchUserInfo(config, next.access_token, info.sub), info);
    last = next;
  }
});
