// PKCE, offline access, and the scopes of an installation.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createUser, startProvider } from "../harness/provider.mjs";
import { assertJsonError } from "../support/assertions.mjs";
import { claimsAt, redeemed, refreshed, tokensOf, worked } from "../support/back_channel.mjs";
import { EVERY_FLOW, RESPONSE_TYPES, assertRefused, assertShows, finish, granted, modeOf, open, yields } from "../support/front_channel.mjs";
import { DIANA, WITHOUT_PKCE, challengeOf, register } from "../support/relying_party.mjs";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
const verifierOf = (length) => ALPHABET.repeat(2).slice(0, length);
const WITH_CODE = RESPONSE_TYPES.filter((type) => yields(type).code);

let op, strict, client, publicClient, browser;

before(async () => {
  const vars = { REGISTRATION_LIMIT: 1000, SCOPES: JSON.stringify({ team: ["nickname", "badge"], empty: [] }) };
  [op, strict] = await Promise.all([startProvider({ vars }), startProvider({ vars: { ...vars, DENY_UNKNOWN_SCOPES: "true" } })]);
  await Promise.all([op, strict].map((one) => createUser(one, "diana", { ...DIANA, claims: { ...DIANA.claims, badge: "42" } })));
  client = await register(op, EVERY_FLOW);
  publicClient = await register(op, { ...EVERY_FLOW, token_endpoint_auth_method: "none" });
  ({ browser } = await granted(op, client));
  await granted(op, publicClient, {}, { browser });
});
after(() => Promise.all([op?.stop(), strict?.stop()]));

const challenged = (verifier) => ({ code_challenge: challengeOf(verifier), code_challenge_method: "S256" });

for (const response_type of WITH_CODE) {
  test(`Authorization endpoint 12: S256 with ${response_type}, verifiers of 43 to 128 characters`, async () => {
    for (const of of [client, publicClient]) {
      for (const length of [43, 64, 127, 128]) {
        const verifier = verifierOf(length);
        const done = await granted(op, of, { response_type, ...challenged(verifier) }, { browser });
        await tokensOf(op, of, { ...done, verifier });
      }
    }
  });
}

test("Authorization endpoint 12: a wrong, missing, short, long or illegal verifier is invalid_grant or invalid_request, and no token", async () => {
  const right = verifierOf(43);
  const wrong = [undefined, "", verifierOf(44), right.toLowerCase(), challengeOf(right), verifierOf(42), verifierOf(129), `${right.slice(1)}+`, "å".repeat(43)];
  for (const verifier of wrong) {
    for (const of of [client, publicClient]) {
      const done = await granted(op, of, challenged(right), { browser });
      const answer = await redeemed(op, of, { ...done, verifier });
      assert.ok(["invalid_grant", "invalid_request"].includes(answer.json().error), `${verifier}: ${answer.text}`);
      assertJsonError(answer, 400, answer.json().error);
    }
  }
});

test("Authorization endpoint 12: a verifier where there was no challenge is refused", async () => {
  const done = await granted(op, client, {}, { browser });
  assertJsonError(await redeemed(op, client, { ...done, verifier: verifierOf(43) }), 400, "invalid_grant");
});

test("Authorization endpoint 12: public clients need a challenge, others do not", async () => {
  for (const response_type of WITH_CODE) {
    assertRefused(op, await open(op, publicClient, { response_type, ...WITHOUT_PKCE }, { browser }), "invalid_request", { mode: modeOf(response_type) });
    await tokensOf(op, client, await granted(op, client, { response_type }, { browser }));
  }
  for (const response_type of ["id_token", "id_token token"]) {
    assert.ok((await granted(op, publicClient, { response_type, ...WITHOUT_PKCE }, { browser })).answer.id_token);
  }
});

test("Authorization endpoint 12: plain, half a challenge and a challenge of another length are invalid_request", async () => {
  const { code_challenge } = challenged(verifierOf(43));
  const byMethod = ["plain", undefined, "s256"].map((method) => [code_challenge, method]);
  const byLength = [undefined, code_challenge.slice(1), `${code_challenge}A`, `${code_challenge.slice(1)}=`].map((challenge) => [challenge, "S256"]);
  for (const [challenge, method] of [...byMethod, ...byLength]) {
    const changes = { code_challenge: challenge, code_challenge_method: method };
    for (const of of [client, publicClient]) assertRefused(op, await open(op, of, changes, { browser }), "invalid_request");
  }
});

test("Authorization endpoint 12: offline_access asks for a consent that shows it, every time where it was not given", async () => {
  const careful = await register(op, EVERY_FLOW);
  const first = await granted(op, careful, { scope: "openid" }, { browser });
  assert.deepEqual(first.shown, ["consent"]);
  const plain = await open(op, careful, { scope: "openid", prompt: "consent" }, { browser });
  const page = await open(op, careful, { scope: "openid offline_access", prompt: "consent" }, { browser });
  assertShows(page, "allow");
  const lines = ({ root }) => root.querySelectorAll("main li").length;
  assert.ok(lines(page) > lines(plain), "the consent page does not show it");
  assertRefused(op, await open(op, careful, { scope: "openid offline_access", prompt: "none" }, { browser }), "consent_required");
  const { refresh_token } = await tokensOf(op, careful, await finish(page));
  assert.equal(typeof refresh_token, "string");
  await worked(refreshed(op, careful, refresh_token));
});

test("Authorization endpoint 12: what is denied is not given", async () => {
  const page = await open(op, await register(op, EVERY_FLOW), { scope: "openid offline_access", prompt: "consent" }, { browser });
  assertRefused(op, await finish(page, { decision: "deny" }), "access_denied");
});

test("Authorization endpoint 12: no offline_access where no code comes", async () => {
  const careful = await register(op, { ...EVERY_FLOW });
  await granted(op, careful, { scope: "openid" }, { browser });
  for (const response_type of RESPONSE_TYPES.filter((type) => !yields(type).code)) {
    const { answer } = await granted(op, careful, { response_type, scope: "openid offline_access", prompt: "consent" }, { browser });
    assert.ok(!("refresh_token" in answer));
    assert.ok(!(answer.scope ?? "").includes("offline_access"), answer.scope);
  }
});

test("Authorization endpoint 12: scopes of the installation release their claims, and are advertised", async () => {
  const { scopes_supported, claims_supported } = (await op.request("/.well-known/openid-configuration")).json();
  for (const scope of ["team", "empty"]) assert.ok(scopes_supported.includes(scope), `${scopes_supported}`);
  assert.ok(claims_supported.includes("badge"), `${claims_supported}`);
  const done = await granted(op, client, { scope: "openid team empty" }, { browser });
  assert.deepEqual(done.shown, ["consent"]);
  const { access_token } = await tokensOf(op, client, done);
  const { sub, ...claims } = await claimsAt(op, access_token);
  assert.deepEqual(claims, { nickname: DIANA.claims.nickname, badge: "42" });
});

test("Authorization endpoint 12: an unknown scope is ignored, or invalid_scope where the installation says so", async () => {
  const { access_token } = await tokensOf(op, client, await granted(op, client, { scope: "openid unknown" }, { browser }));
  const { scope } = JSON.parse(Buffer.from(access_token.split(".")[1], "base64url"));
  assert.equal(scope, "openid");
  const there = await register(strict, EVERY_FLOW);
  for (const response_type of RESPONSE_TYPES) {
    assertRefused(strict, await open(strict, there, { response_type, scope: "openid unknown" }), "invalid_scope", { mode: modeOf(response_type) });
  }
  assertShows(await open(strict, there, { scope: "openid team offline_access profile" }), "login");
});
