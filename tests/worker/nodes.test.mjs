// The operator revokes nodes of a session tree on workerd: what lies below is dead at the next request, everywhere.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createUser, startProvider } from "./harness/provider.mjs";
import { DIANA, admin, flow, register, sessions, tokens, userinfo } from "./support/relying_party.mjs";

let op, client;

before(async () => {
  op = await startProvider();
  await createUser(op, "diana", DIANA);
  client = await register(op, { grant_types: ["authorization_code", "refresh_token"] });
});
after(() => op?.stop());

const at = (path = "") => `/admin/sessions/diana${path}`;
const revoke = async (path) => (await admin(op, at(path), { method: "DELETE" })).status;
const works = async ({ access_token }) => (await userinfo(op, access_token)).status === 200;
/** What a request gets to which nobody is asked: "code", or the error. */
const silently = async (browser) => {
  const { location } = await browser.get(`${op.issuer}/authorization?${new URLSearchParams({ client_id: client.client_id, response_type: "code",
    redirect_uri: client.redirect_uris[0], scope: "openid", prompt: "none" })}`);
  const answer = new URL(location).searchParams;
  return answer.has("code") ? "code" : answer.get("error");
};
const newest = async () => (await admin(op, at("/logins"))).json().logins[0].id;

for (const [name, path, error] of [
  ["a login", async () => `/logins/${await newest()}`, "login_required"],
  ["a client session", async () => `/clients/${client.client_id}`, "consent_required"],
  ["the user", async () => "", "login_required"],
]) {
  test(`${name} takes along what lies below it`, async () => {
    const asked = await flow(op, client);
    const bought = await tokens(op, client, asked);
    assert.deepEqual([await works(bought), await silently(asked.browser)], [true, "code"]);
    assert.equal(await revoke(await path()), 204);
    assert.equal(await works(bought), false);
    assert.equal(await silently(asked.browser), error);
  });
}

test("a grant takes along its tokens, and another grant of the same client lives on", async () => {
  const asked = await flow(op, client);
  const [one, other] = [await tokens(op, client, asked), await tokens(op, client, await flow(op, client, { browser: asked.browser }))];
  const { db } = await sessions(op);
  const holds = ([, { issued_token: issued = [] }]) => issued.some(({ value }) => value.split(".")[1] === one.access_token.split(".")[1]);
  const [key] = Object.entries(db).find(([, node]) => holds(node));
  assert.equal(await revoke(`/grants/${key.split(";;").at(-1)}`), 204);
  assert.equal(await works(one), false);
  assert.equal(await works(other), true);
});

test("a consent is asked for again", async () => {
  const { browser } = await flow(op, client);
  assert.equal(await silently(browser), "code");
  assert.equal((await admin(op, at("/consents"))).json().consents[0].client_id, client.client_id);
  assert.equal(await revoke(`/consents/${client.client_id}`), 204);
  assert.equal(await silently(browser), "consent_required");
  assert.equal(await revoke(`/consents/${client.client_id}`), 404);
});
