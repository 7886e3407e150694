// examples/edge-api on workerd, as an application calls it: by the provider's keys alone, and bound to the provider.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { SignJWT, generateKeyPair } from "jose";
import { root } from "./harness/config.mjs";
import { freePort, request } from "./harness/http.mjs";
import { createUser, startProvider } from "./harness/provider.mjs";
import { revoked, tokensOf } from "./support/back_channel.mjs";
import { decode } from "./support/jwt.mjs";
import { DIANA, OFFLINE, admin, bearer, flow, random, register } from "./support/relying_party.mjs";

const REALM = 'Bearer realm="notes"';
const INVALID = `${REALM}, error="invalid_token"`;
const WRITES = { scope: "openid notes:read notes:write" };
const folder = join(root, "examples/edge-api");

let op, api, app, browser, ports;

before(async () => {
  op = await startProvider({ vars: { SCOPES: '{"notes:read": [], "notes:write": []}' } });
  await createUser(op, "diana", DIANA);
  api = await register(op, { client_name: "Notes API", id_token_signed_response_alg: "ES256" });
  app = await client({ resources: [api.client_id] });
  ports = { keys: await freePort(), binding: await freePort() };
  const vars = { ISSUER: op.issuer, AUDIENCE: api.client_id };
  await op.restartWith([
    { folder, name: "by-keys", port: ports.keys, vars },
    { folder, name: "bound", port: ports.binding, vars, services: ["PROVIDER"] },
  ]);
  ({ browser } = await flow(op, app));
});
after(() => op?.stop());

/** An application, by the operator's policy for it. */
async function client(policy) {
  const registered = await register(op);
  const answer = await admin(op, `/admin/clients/${registered.client_id}/policy`, { method: "PUT", json: policy });
  assert.equal(answer.status, 200, answer.text);
  return registered;
}

/** What a token response for diana is, with both scopes unless `changes` say otherwise. */
const held = async (of = app, changes = WRITES) => tokensOf(op, of, await flow(op, of, { browser, ...changes }));

const call = (mode, token, { method = "GET", path = "/notes" } = {}) =>
  request(`http://127.0.0.1:${ports[mode]}${path}`, { method, headers: token === undefined ? {} : bearer(token) });

function assertRefused(answer, status, challenge) {
  assert.deepEqual([answer.status, answer.headers["www-authenticate"], answer.headers["cache-control"]], [status, challenge, "no-store"], answer.text);
}

for (const mode of ["keys", "binding"]) {
  describe(mode === "keys" ? "by the provider's keys" : "bound to the provider", () => {
    test("a token that is for it and has the scope", async () => {
      const { access_token } = await held();
      const { claims: { sub, client_id } } = decode(access_token);
      const answer = await call(mode, access_token);
      assert.deepEqual([answer.status, answer.json()], [200, { sub, client_id, scope: "notes:read" }]);
      assert.equal((await call(mode, access_token, { method: "POST" })).json().scope, "notes:write");
      assert.equal((await call(mode, access_token, { path: "/" })).status, 404);
    });

    test("no token, or none in the header", async () => {
      assertRefused(await call(mode), 401, REALM);
      const { access_token } = await held();
      assertRefused(await call(mode, undefined, { path: `/notes?access_token=${access_token}` }), 401, REALM);
    });

    test("one without the scope", async () => {
      const { access_token } = await held(app, { scope: "openid notes:read" });
      assert.equal((await call(mode, access_token)).status, 200);
      assertRefused(await call(mode, access_token, { method: "POST" }), 403, `${REALM}, error="insufficient_scope", scope="notes:write"`);
    });

    test("one that is not for it", async () => {
      for (const policy of [{}, { resources: [app.client_id] }]) {
        const { access_token } = await held(await client(policy));
        assertRefused(await call(mode, access_token), 401, INVALID);
      }
    });

    test("one that has expired", async () => {
      const brief = await client({ resources: [api.client_id], token_usage_rules: { access_token: { expires_in: 2 } } });
      const { access_token } = await held(brief);
      assert.equal((await call(mode, access_token)).status, 200);
      await pause(2100);
      assertRefused(await call(mode, access_token), 401, INVALID);
    });

    test("what is no access token of the provider's", async () => {
      const { id_token, refresh_token, access_token } = await held(app, { ...OFFLINE, scope: `${OFFLINE.scope} notes:read` });
      const { header, claims } = decode(access_token);
      const { privateKey } = await generateKeyPair("ES256");
      const forged = await new SignJWT(claims).setProtectedHeader(header).sign(privateKey);
      const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
      const unsigned = `${part({ ...header, alg: "none" })}.${part(claims)}.`;
      // But for its type it is as an access token for the API: the same issuer, audience and keys.
      const { id_token: own } = await held(api);
      for (const token of [own, id_token, refresh_token, forged, unsigned, random()]) assertRefused(await call(mode, token), 401, INVALID);
    });
  });
}

test("what has been revoked is refused at once by the binding, and good by the keys until it expires", async () => {
  const { access_token } = await held();
  for (const mode of ["keys", "binding"]) assert.equal((await call(mode, access_token)).status, 200);
  assert.equal((await revoked(op, app, access_token)).status, 200);
  assert.equal((await call("keys", access_token)).status, 200);
  assertRefused(await call("binding", access_token), 401, INVALID);
});

test("an opaque token is for the binding alone", async () => {
  const { access_token } = await held(await client({ resources: [api.client_id], access_token_format: "opaque" }));
  assertRefused(await call("keys", access_token), 401, INVALID);
  assert.equal((await call("binding", access_token)).json().scope, "notes:read");
});

test("while the keys or the provider are away nobody gets in, and nothing is said about the token", async () => {
  const { access_token } = await held();
  await op.breakObjects("USERS", "throw");
  assert.equal((await call("binding", access_token)).status, 500);
  await op.breakObjects("USERS", null);
  assert.equal((await call("binding", access_token)).status, 200);
});

for (const name of ["edge-api", "edge-app"]) {
  test(`${name} has fewer than sixty lines`, () => {
    const sources = readdirSync(join(root, `examples/${name}/src`)).map((file) => readFileSync(join(root, `examples/${name}/src`, file), "utf8"));
    const lines = sources.join("\n").split("\n").filter((line) => !/^\s*(\/\/.*|\/?\*.*)?$/.test(line));
    assert.ok(lines.length > 20 && lines.length < 60, `${lines.length} lines`);
  });
}
