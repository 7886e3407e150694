// Session dumps in the hands of the systems that they are exchanged with: oidcop and idpyoidc, as published, load them and find
// user, client, grant and token by their own methods.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { createUser, startProvider } from "./harness/provider.mjs";
import { decode } from "./support/jwt.mjs";
import { walked } from "./support/python.mjs";
import { CALLBACK, DIANA, admin, flow, register, tokens } from "./support/relying_party.mjs";

const SYSTEMS = [
  { system: "oidcop", format: "oidcop-2.4", written: "oidcop-2.4.3" },
  { system: "idpyoidc", format: "idpyoidc-5", written: "idpyoidc-5.0.0" },
];
const MINTED_BY_CODE = ["access_token", "refresh_token", "id_token"];
const MINTED_BY_REFRESH_TOKEN = ["access_token", "refresh_token"];

const fixture = (name) => JSON.parse(readFileSync(new URL(`../vectors/oidcop/${name}-session-dump.json`, import.meta.url)));

/** The only one of a list. */
function only(list) {
  assert.equal(list.length, 1);
  return list[0];
}

/** The one branch of a tree that has no other: { user, client, grant, code, access, refresh, id }, the tokens by what they are. */
function branch({ users }) {
  const user = only(users);
  const client = only(user.clients);
  const grant = only(client.grants);
  const token = (kind) => grant.tokens.find(({ token_class }) => token_class === kind);
  const [code, access, refresh, id] = ["authorization_code", "access_token", "refresh_token", "id_token"].map(token);
  return { user, client, grant, code, access, refresh, id };
}

/** Members of an object, in the order in which they are named. */
const pick = (object, ...names) => names.map((name) => object[name]);

describe("what the systems wrote themselves", () => {
  for (const { system, written } of SYSTEMS) {
    const dump = fixture(written);
    const keyOf = (kind) => Object.keys(dump.db).find((key) => dump.db[key][0].endsWith(kind));
    const grantKey = keyOf(".Grant");
    const [doubled] = Object.entries(dump.db).find(([key, [path]]) => path.endsWith(".Grant") && key !== grantKey);
    const stored = dump.db[grantKey][1];
    const at = stored.issued_at + 10;
    const single = structuredClone(dump);
    delete single.db[doubled];

    test(`${system} finds all of its own dump`, async () => {
      const { unreached, dumped, ...seen } = await walked(system, single, { at });
      const { user, client, grant, code, access, refresh, id } = branch(seen);
      const [userId, clientId, grantId] = grantKey.split(";;");
      assert.deepEqual([unreached, dumped], [[], single]);
      assert.deepEqual(pick(user, "id", "revoked"), [userId, false]);
      assert.deepEqual(pick(client, "id", "revoked"), [clientId, false]);
      assert.deepEqual(pick(grant, "id", "revoked", "active", "used"), [grantId, false, true, 3]);
      const kept = ["sub", "scope", "issued_at", "expires_at", "usage_rules", "claims", "resources"];
      assert.deepEqual(pick(grant, ...kept), pick(stored, ...kept));
      const [event] = Object.values(stored.authentication_event);
      assert.deepEqual(grant.authentication_event, { class: "AuthnEvent", valid: true, ...event });
      const [{ redirect_uri, state }] = Object.values(stored.authorization_request);
      assert.deepEqual(pick(grant.authorization_request, "client_id", "redirect_uri", "state"), [clientId, redirect_uri, state]);
      assert.deepEqual(pick(grant.authorization_request, "scope", "response_type"), [grant.scope, ["code"]]);
      assert.deepEqual(pick(code, "class", "max_usage_reached", "active", "mints"), ["AuthorizationCode", true, false, MINTED_BY_CODE]);
      assert.deepEqual(pick(access, "class", "used", "active", "based_on", "mints"), ["AccessToken", 0, true, code.value, []]);
      assert.deepEqual(pick(id, "class", "active", "based_on", "mints"), ["IDToken", true, code.value, []]);
      assert.equal(refresh, undefined);
    });

    test(`${system} has nothing active once the grant has expired`, async () => {
      const { user, grant, access } = branch(await walked(system, single, { at: stored.expires_at + 1 }));
      assert.deepEqual([user.revoked, grant.revoked, grant.active, access.active], [false, false, false, false]);
    });

    test(`${system} has written the grant a second time, where nothing leads to it`, async () => {
      assert.deepEqual((await walked(system, dump, { at })).unreached, [doubled]);
    });
  }

  test("a dump in the other's form is not taken", async () => {
    await assert.rejects(walked("oidcop", fixture("idpyoidc-5.0.0")), /does not take the dump/);
    await assert.rejects(walked("idpyoidc", fixture("oidcop-2.4.3")), /does not take the dump/);
  });
});

describe("what the provider writes", () => {
  const SCOPE = "openid profile email offline_access";
  let op, client, asked, bought;

  before(async () => {
    op = await startProvider();
    await createUser(op, "diana", DIANA);
    client = await register(op, { grant_types: ["authorization_code", "refresh_token"], frontchannel_logout_uri: "https://rp.example/logout" });
    asked = await flow(op, client, { scope: SCOPE, prompt: "consent" });
    bought = await tokens(op, client, asked);
  });
  after(() => op?.stop());

  /** What the operator gets in that format. */
  async function dumpIn(format) {
    const answer = await admin(op, `/admin/sessions/diana?format=${format}`);
    assert.equal(answer.status, 200, answer.text);
    return answer.json();
  }

  /** A signature is made anew at every look; what it signs is the token. */
  const signed = (token) => token.slice(0, token.lastIndexOf("."));

  for (const { system, format } of SYSTEMS) {
    test(`${system} finds user, client, grant and tokens in ${format}`, async () => {
      const { unreached, ...seen } = await walked(system, await dumpIn(format));
      const { user, client: session, grant, code, access, refresh } = branch(seen);
      assert.deepEqual(unreached, []);
      assert.deepEqual(pick(user, "id", "revoked"), ["diana", false]);
      assert.deepEqual(pick(session, "id", "revoked"), [client.client_id, false]);
      assert.deepEqual(pick(grant, "class", "revoked", "active"), ["Grant", false, true]);
      assert.equal(grant.sub, decode(bought.id_token).claims.sub);
      assert.deepEqual(grant.scope, SCOPE.split(" "));
      assert.deepEqual(grant.resources, [client.client_id]);
      assert.ok("email" in grant.claims.userinfo && !("address" in grant.claims.userinfo));
      assert.deepEqual(pick(grant.authentication_event, "class", "valid", "uid"), ["AuthnEvent", true, "diana"]);
      assert.equal(grant.authentication_event.authn_time, decode(bought.id_token).claims.auth_time);
      assert.deepEqual(pick(grant.authorization_request, "client_id", "redirect_uri", "scope", "response_type", "state", "nonce"), [
        client.client_id, CALLBACK, SCOPE.split(" "), ["code"], asked.fields.state, asked.fields.nonce,
      ]);
      assert.deepEqual(pick(code, "class", "value", "used", "max_usage_reached", "active"), ["AuthorizationCode", asked.code, 1, true, false]);
      assert.deepEqual(pick(code, "based_on", "mints"), [null, MINTED_BY_CODE]);
      assert.deepEqual(pick(access, "class", "based_on", "revoked", "active", "mints"), ["AccessToken", code.value, false, true, []]);
      assert.equal(signed(access.value), signed(bought.access_token));
      assert.equal(access.expires_at - access.issued_at, bought.expires_in);
      assert.deepEqual(pick(refresh, "class", "value", "based_on", "used"), ["RefreshToken", bought.refresh_token, code.value, 0]);
      assert.deepEqual(pick(refresh, "revoked", "active", "mints"), [false, true, MINTED_BY_REFRESH_TOKEN]);
    });

    test(`${system} writes ${format} again as it came`, async () => {
      const dump = await dumpIn(format);
      assert.deepEqual((await walked(system, dump)).dumped.db, dump.db);
    });
  }

  describe("after the operator has revoked the user's sessions", () => {
    before(async () => assert.equal((await admin(op, "/admin/sessions/diana", { method: "DELETE" })).status, 204));

    for (const { system, format } of SYSTEMS) {
      test(`${system} finds no grant and no token in ${format} that is active`, async () => {
        const { grant } = branch(await walked(system, await dumpIn(format)));
        assert.equal(grant.tokens.filter(({ token_class }) => token_class !== "id_token").length, 3);
        for (const node of [grant, ...grant.tokens]) assert.deepEqual(pick(node, "revoked", "active"), [true, false], node.class);
      });
    }
  });
});
