// Revocation (RFC 7009) on workerd: whoever is told 200 may rely on it, from the next request on and after a restart.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as oidc from "openid-client";
import { createUser, startProvider } from "./harness/provider.mjs";
import { assertJsonError } from "./support/assertions.mjs";
import { authenticated, refreshed, revoked, tokensOf } from "./support/back_channel.mjs";
import { DIANA, OFFLINE, bearer, flow, random, register, treeOf, userinfo } from "./support/relying_party.mjs";

const ROUNDS = 5;

let op, client, browser;

before(async () => {
  op = await startProvider();
  await createUser(op, "diana", DIANA);
  client = await register(op);
  ({ browser } = await flow(op, client));
});
after(() => op?.stop());

const held = async (of = client) => tokensOf(op, of, await flow(op, of, { browser, ...OFFLINE }));

const revoke = (of, token, changes) => revoked(op, of, token, changes);

async function assertDead({ access_token, refresh_token }) {
  assert.equal((await userinfo(op, access_token)).status, 401);
  assertJsonError(await refreshed(op, client, refresh_token), 400, "invalid_grant");
}

test("an access token ends alone, a refresh token with its family, for good", async () => {
  const first = await held();
  const answer = await revoke(client, first.access_token, { token_type_hint: "refresh_token" });
  assert.deepEqual([answer.status, answer.text, answer.headers["cache-control"]], [200, "", "no-store"]);
  assert.equal(answer.headers["access-control-allow-origin"], "*");
  assert.equal((await userinfo(op, first.access_token)).status, 401);
  const second = (await refreshed(op, client, first.refresh_token)).json();
  assert.equal((await userinfo(op, second.access_token)).status, 200);
  assert.equal((await revoke(client, first.refresh_token)).status, 200);
  await op.restart();
  await assertDead(first);
  await assertDead(second);
});

test("a refresh at the same moment leaves nothing that works", async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const first = await held();
    const [revoked, ...others] = await Promise.all([revoke(client, first.refresh_token),
      ...Array.from({ length: ROUNDS }, () => refreshed(op, client, first.refresh_token))]);
    assert.equal(revoked.status, 200);
    for (const other of others) if (other.status === 200) await assertDead(other.json());
    await assertDead(first);
  }
});

test("nobody else's, and nothing that is no token", async () => {
  const [own, other] = [await held(), await register(op)];
  const before = await treeOf(op);
  for (const token of [own.access_token, own.refresh_token]) assert.equal((await revoke(other, token)).status, 200);
  for (const token of [own.id_token, random(), "a".repeat(60_000)]) assert.equal((await revoke(client, token)).text, "");
  assert.equal(await treeOf(op), before);
});

test("not without a token, not twice, not unauthenticated", async () => {
  const { access_token } = await held();
  assertJsonError(await revoke(client, ""), 400, "invalid_request");
  const { headers } = await authenticated(op, client);
  const twice = new URLSearchParams([["token", access_token], ["token", access_token]]);
  assertJsonError(await op.request("/revocation", { headers, form: twice }), 400, "invalid_request");
  assertJsonError(await op.request("/revocation", { form: { token: access_token } }), 401, "invalid_client");
  assertJsonError(await op.request("/revocation", { headers: bearer(access_token), form: { token: access_token } }), 401, "invalid_client");
  assertJsonError(await revoke({ ...client, client_secret: "wrong" }, access_token), 401, "invalid_client");
  assert.equal((await userinfo(op, access_token)).status, 200);
});

test("openid-client's tokenRevocation", async () => {
  const METHODS = { client_secret_basic: oidc.ClientSecretBasic, client_secret_jwt: oidc.ClientSecretJwt, none: oidc.None };
  for (const [method, authentication] of Object.entries(METHODS)) {
    const of = await register(op, { token_endpoint_auth_method: method });
    const config = await oidc.discovery(new URL(op.issuer), of.client_id, of, authentication(of.client_secret), { execute: [oidc.allowInsecureRequests] });
    for (const name of ["access_token", "refresh_token"]) {
      const own = await held(of);
      await oidc.tokenRevocation(config, own[name], { token_type_hint: name });
      assert.equal((await userinfo(op, own.access_token)).status, 401);
    }
  }
});
