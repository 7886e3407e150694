// Taking over from oidcop and idpyoidc, as published, with what they have issued themselves: people keep their subject identifiers and
// consents, clients their secrets, and a refresh token is accepted once.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { createUser, startProvider } from "./harness/provider.mjs";
import { assertJsonError } from "./support/assertions.mjs";
import { claimsAt, refreshed, tokensOf, worked } from "./support/back_channel.mjs";
import { granted } from "./support/front_channel.mjs";
import { decode } from "./support/jwt.mjs";
import { issued } from "./support/python.mjs";
import { DIANA, admin, userinfo } from "./support/relying_party.mjs";

const SYSTEMS = [
  { system: "oidcop", format: "oidcop-2.4" },
  { system: "idpyoidc", format: "idpyoidc-5" },
];
const SCOPE = "openid profile email";
const LATER_MS = 31_000;

const imported = (op, json) => admin(op, "/admin/import", { method: "POST", json });

/** The configuration by which a provider takes over from one that has told this of itself. */
function inherited({ salt, keys }) {
  return { SUBJECT_SALT: salt, OIDCOP_KEYS: JSON.stringify(keys) };
}

/** The nodes of a dump that its tree leads to: both packages write the grant a second time, where nothing does. */
function reachable({ db }, user) {
  const nodes = Object.entries(db).filter(([key]) => key === user || key.startsWith(`${user};;`));
  assert.deepEqual([nodes.length, Object.keys(db).length], [3, 4]);
  return Object.fromEntries(nodes);
}

/** The client of a database, as one that has registered. */
function clientOf({ clients, client_id: id }) {
  const { redirect_uris: uris, ...record } = clients[id];
  return { ...record, redirect_uris: uris.map(([uri]) => uri) };
}

/** The person signs in at the client as who they were, and is not asked again for what they have consented to. */
async function assertSame(op, old) {
  const client = clientOf(old);
  const done = await granted(op, client, { scope: SCOPE });
  assert.deepEqual(done.shown, ["login"]);
  const { id_token: idToken, access_token: accessToken } = await tokensOf(op, client, done);
  assert.equal(decode(idToken).claims.sub, old.sub);
  assert.equal((await claimsAt(op, accessToken)).sub, old.sub);
}

describe("what was issued before", { concurrency: true }, () => {
  for (const { system, format } of SYSTEMS) {
    for (const form of ["sealed", "signed"]) {
      describe(`${system}, its refresh tokens ${form}`, { concurrency: 1 }, () => {
        let old, op, client, answers;

        before(async () => {
          old = await issued(system, { form });
          client = clientOf(old);
          op = await startProvider({ vars: inherited(old) });
          answers = [await imported(op, old.clients), await imported(op, old.dump)];
          await createUser(op, old.user, DIANA);
          await op.restart();
        });
        after(() => op?.stop());

        /** Nothing that could be used is in the storage, whatever it is stored as. */
        async function assertNotStored(secrets) {
          const files = op.storageFiles().map((file) => readFileSync(file));
          const stored = [...files, Buffer.from(JSON.stringify(await op.kvDump()))];
          assert.ok(stored.some((bytes) => bytes.includes(old.client_id)));
          for (const secret of secrets) assert.ok(!stored.some((bytes) => bytes.includes(secret)), secret);
        }

        test("comes in once", async () => {
          const [clients, dump] = answers.map((answer) => (assert.equal(answer.status, 200, answer.text), answer.json()));
          assert.deepEqual(clients, { clients: [old.client_id], left_alone: [], expired: [] });
          assert.deepEqual(dump, { users: 1, grants: 1, tokens: 4 });
          assert.deepEqual((await imported(op, old.clients)).json().left_alone, [old.client_id]);
          assert.deepEqual((await imported(op, old.dump)).json(), { users: 1, grants: 0, tokens: 0 });
        });

        test("goes out as it came", async () => {
          const answer = await admin(op, `/admin/sessions/${old.user}?format=${format}`);
          assert.equal(answer.status, 200, answer.text);
          assert.deepEqual(answer.json().db, reachable(old.dump, old.user));
        });

        test("is not stored in clear", () => assertNotStored([old.refresh_token, client.client_secret, client.registration_access_token]));

        test("lets the person sign in as the same, without being asked again", async () => {
          await assertSame(op, old);
        });

        test("has no refresh token in it that was issued after the dump", async () => {
          assertJsonError(await refreshed(op, client, old.late), 400, "invalid_grant");
        });

        test("has a refresh token that is accepted once", async () => {
          const refresh = (token) => worked(refreshed(op, client, token));
          const first = await refresh(old.refresh_token);
          assert.equal(first.scope, `${SCOPE} offline_access`);
          assert.equal(decode(first.access_token).claims.sub, old.sub);
          const { sub, email } = await claimsAt(op, first.access_token);
          assert.deepEqual([sub, email], [old.sub, DIANA.claims.email]);
          assert.notEqual(first.refresh_token, old.refresh_token);
          // The answer may have been lost: for half a minute it is given again.
          assert.equal((await refresh(old.refresh_token)).refresh_token, first.refresh_token);
          const second = await refresh(first.refresh_token);
          assert.equal((await claimsAt(op, second.access_token)).sub, old.sub);
          await pause(LATER_MS);
          assert.equal((await userinfo(op, second.access_token)).status, 200);
          assertJsonError(await refreshed(op, client, old.refresh_token), 400, "invalid_grant");
          for (const { access_token: token } of [first, second]) assert.equal((await userinfo(op, token)).status, 401);
          assertJsonError(await refreshed(op, client, second.refresh_token), 400, "invalid_grant");
          await assertNotStored([old.refresh_token]);
        });
      });
    }
  }
});

describe("subject identifiers", { concurrency: true }, () => {
  for (const { system } of SYSTEMS) {
    for (const salt of ["made", "text", "own"]) {
      test(`those of ${system} stay under its salt (${salt})`, async (t) => {
        const old = await issued(system, { salt });
        const op = await startProvider({ vars: inherited(old) });
        t.after(() => op.stop());
        for (const json of [old.clients, old.dump]) assert.equal((await imported(op, json)).status, 200);
        await createUser(op, old.user, DIANA);
        await assertSame(op, old);
      });

      test(`nothing of ${system} comes in under any other (${salt})`, async (t) => {
        const old = await issued(system, { salt });
        const op = await startProvider({ vars: { ...inherited(old), SUBJECT_SALT: `${old.salt}!` } });
        t.after(() => op.stop());
        const answer = await imported(op, old.dump);
        assertJsonError(answer, 400, "invalid_request");
        assert.match(answer.json().error_description, /SUBJECT_SALT/);
        assert.equal((await admin(op, `/admin/sessions/${old.user}`)).status, 404);
      });
    }

    test(`nothing of ${system} comes in under the salt of its dump where identifiers have their own`, async (t) => {
      const old = await issued(system, { salt: "own" });
      const op = await startProvider({ vars: { ...inherited(old), SUBJECT_SALT: old.dumped_salt } });
      t.after(() => op.stop());
      assertJsonError(await imported(op, old.dump), 400, "invalid_request");
      assert.equal((await admin(op, `/admin/sessions/${old.user}`)).status, 404);
    });
  }
});
