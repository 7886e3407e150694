// The admin API is what docs/reference/openapi.json says: every operation is called for real, and every answer held against its schema.
// That the file has the very routes of the router is for tests/it/admin/description.rs to show.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createUser, startProvider } from "./harness/provider.mjs";
import { assertDescribed, assertRequest, assertValid, at, description, operations, send } from "./support/openapi.mjs";
import { rawRequest } from "./support/raw.mjs";
import { startReceiver } from "./support/receiver.mjs";
import { DIANA, bearer, flow, random, register, tokens } from "./support/relying_party.mjs";

const HEX = "0123456789abcdef0123456789abcdef";
const CALLBACK = "https://rp.example/cb";
/** Names of nobody and nothing. */
const NOBODY = { client_id: "nobody", username: "nobody", kind: "grants", id: HEX };
const ALL_METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH"];

let op, receiver, client, called;

const operation = (method, path) => {
  const found = operations.find((one) => one.method === method && one.path === path);
  assert.ok(found, `${method} ${path} is not described`);
  return found;
};

/** Calls an operation with a body that is described; the answer, which has to be of this status and described too. */
async function call(method, path, status, { json, ...rest } = {}) {
  const one = operation(method, path);
  if (json !== undefined) assertRequest(one, json);
  const answer = await send(op, one, { json, ...rest });
  assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
  assertDescribed(one, answer);
  called.add(`${method} ${path} ${status}`);
  return answer;
}

before(async () => {
  op = await startProvider({ vars: { ADMIN_LIMIT: 1000 } });
  receiver = await startReceiver();
  called = new Set();
  await createUser(op, "diana", DIANA);
  client = await register(op, { backchannel_logout_uri: receiver.url("/"), grant_types: ["authorization_code", "refresh_token"] });
  await tokens(op, client, await flow(op, client));
});
after(async () => {
  await op?.stop();
  await receiver?.stop();
});

describe("what is described", () => {
  test("every example is what its schema says", () => {
    let examples = 0;
    const walk = (value, parts) => {
      if (value === null || typeof value !== "object") return;
      if ("example" in value && "schema" in value) {
        assertValid([...parts, "schema"], value.example, parts.join(" "));
        examples++;
      }
      for (const [name, inner] of Object.entries(value)) walk(inner, [...parts, name]);
    };
    walk(description, []);
    assert.ok(examples > 20, `${examples}`);
  });

  test("every reference leads somewhere, and every operation has a name of its own", () => {
    const references = [...JSON.stringify(description).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path);
    for (const reference of references) assert.ok(at(reference.split("/")).value, reference);
    const named = new Set(references.map((reference) => reference.split("/").slice(1).join("/")));
    for (const kind of ["schemas", "responses"]) {
      for (const name of Object.keys(description.components[kind])) assert.ok(named.has(`${kind}/${name}`), `nobody uses ${name}`);
    }
    assert.equal(new Set(operations.map(({ operation }) => operation.operationId)).size, operations.length);
  });

  test("a schema refuses what it should", () => {
    const user = ["components", "schemas", "User"];
    assert.throws(() => assertValid(user, { username: "diana", disabled: false, claims: {}, password: "x" }, "more"));
    assert.throws(() => assertValid(user, { username: "diana", disabled: false }, "less"));
    assert.throws(() => assertValid(["components", "schemas", "Client"], { ...client, expires_at: 0 }, "a token that has no business there"));
  });
});

describe("answers", () => {
  test("of clients", async () => {
    const page = (query) => call("get", "/admin/clients", 200, { query });
    assert.equal((await page("?limit=1")).json().clients.length, 1);
    assert.ok((await page("")).json()[client.client_id]);
    await page("?format=idpyoidc-5");
    for (const query of ["?limit=0", "?cursor=%20", "?format=none"]) await call("get", "/admin/clients", 400, { query });

    const languages = { "client_name#fr": "Magasin", "logo_uri#sv": "https://rp.example/sv.png", jwks: { keys: [] }, contacts: ["a@rp.example"], request_uris: [] };
    const created = (await call("post", "/admin/clients", 201, { json: { redirect_uris: [CALLBACK], ...languages, expires_at: 0 } })).json();
    const names = { client_id: created.client_id };
    const shown = (await call("get", "/admin/clients/{client_id}", 200, { names })).json();
    const changed = { ...shown, token_endpoint_auth_method: "none", expires_at: shown.client_id_issued_at + 1000 };
    await call("put", "/admin/clients/{client_id}", 200, { names, json: changed });
    await call("post", "/admin/clients/{client_id}/secret", 400, { names });
    const withSecret = await call("put", "/admin/clients/{client_id}", 200, { names, json: { redirect_uris: [CALLBACK] } });
    assert.ok(withSecret.json().client_secret);
    await call("post", "/admin/clients/{client_id}/secret", 200, { names });
    await call("post", "/admin/clients", 400, { json: { redirect_uris: ["no address"] } });
    await call("put", "/admin/clients/{client_id}", 400, { names, json: { redirect_uris: [`${CALLBACK}#x`] } });

    const policy = "/admin/clients/{client_id}/policy";
    const decisions = { allowed_scopes: ["openid"], deny_unknown_scopes: true, add_claims: { always: { userinfo: { email: null } }, by_scope: { id_token: true } },
      scopes_to_claims: { research: ["name"] }, token_usage_rules: { access_token: { expires_in: 60, max_usage: 2 } }, refresh_grace: 0,
      access_token_format: "opaque", resources: [client.client_id] };
    await call("put", policy, 200, { names, json: decisions });
    assert.deepEqual((await call("get", policy, 200, { names })).json().allowed_scopes, ["openid"]);
    await call("put", policy, 200, { names, json: {} });
    await call("put", policy, 400, { names, body: '{"allowed_scopes":"openid"}' });
    await call("post", "/admin/clients/{client_id}/publish", 204, { names });
    await call("delete", "/admin/clients/{client_id}", 204, { names });
  });

  test("of users", async () => {
    const path = "/admin/users/{username}";
    const names = { username: "erik" };
    await call("put", path, 201, { names, json: { password: "a password of Erik's", claims: { address: { country: "Sweden" } } } });
    await call("put", path, 200, { names, json: { disabled: true, claims: null } });
    await call("put", path, 400, { names, body: '{"admin":true}' });
    await call("get", path, 200, { names });
    await call("delete", path, 204, { names });
  });

  test("of sessions", async () => {
    const names = { username: "diana" };
    for (const format of ["oidcop-2.0", "oidcop-2.4", "idpyoidc-5"]) {
      const dump = await call("get", "/admin/sessions/{username}", 200, { names, query: `?format=${format}` });
      assert.ok(Object.keys(dump.json().db).length >= 3);
      await call("get", "/admin/sessions", 200, { query: `?format=${format}` });
    }
    await call("get", "/admin/sessions/{username}", 400, { names, query: "?format=none" });
    await call("get", "/admin/sessions", 400, { query: "?format=none" });
    const [login] = (await call("get", "/admin/sessions/{username}/logins", 200, { names })).json().logins;
    assert.equal((await call("get", "/admin/sessions/{username}/consents", 200, { names })).json().consents.length, 1);
    await call("delete", "/admin/sessions/{username}/{kind}/{id}", 204, { names: { ...names, kind: "logins", id: login.id } });
    await receiver.next("/");
    assert.equal((await call("get", "/admin/sessions/{username}/deliveries", 200, { names })).json().deliveries.length, 1);
    await call("delete", "/admin/sessions/{username}", 204, { names });
    const trail = (await call("get", "/admin/sessions/{username}/audit", 200, { names })).json().audit;
    assert.deepEqual(trail.slice(0, 2).map(({ event }) => event), ["revoked", "consented"]);
    await call("get", "/admin/sessions/{username}/audit", 400, { names, query: "?before=x" });
  });

  test("of imports", async () => {
    const dump = await call("get", "/admin/sessions/{username}", 200, { names: { username: "diana" } });
    await call("post", "/admin/import", 200, { json: dump.json() });
    const clients = await call("get", "/admin/clients", 200);
    assert.deepEqual((await call("post", "/admin/import", 200, { json: clients.json() })).json().clients, []);
    await call("post", "/admin/import", 400, { body: '{"db":1}' });
  });

  test("of keys", async () => {
    assert.ok((await call("get", "/admin/keys", 200)).json().keys.length > 3);
    assert.ok((await call("post", "/admin/keys/rotate", 200)).json().keys.some(({ state }) => state === "next"));
  });

  test("about what there is not", async () => {
    for (const { path, method, operation } of operations.filter(({ operation }) => operation.responses[404])) {
      const json = operation.requestBody && (path.endsWith("/policy") ? {} : { redirect_uris: [CALLBACK] });
      await call(method, path, 404, { names: NOBODY, json });
    }
  });

  test("to nobody", async () => {
    for (const one of operations) {
      for (const headers of [{}, bearer(random()), { authorization: `Basic ${op.adminToken}` }]) {
        const answer = await send(op, one, { names: NOBODY, body: one.operation.requestBody && "{}", headers });
        assert.equal(answer.status, 401, `${one.method} ${one.path}`);
        assertDescribed(one, answer);
      }
    }
  });

  test("were all of those that an operation is described with", () => {
    const described = operations.flatMap(({ path, method, operation }) =>
      Object.keys(operation.responses).filter((status) => !["401", "429", "500", "503"].includes(status)).map((status) => `${method} ${path} ${status}`));
    assert.deepEqual([...called].sort(), described.sort());
  });
});

test("a path has the methods that are described and no other", async () => {
  for (const [path, item] of Object.entries(description.paths)) {
    const target = path.replace(/\{(\w+)\}/g, (_, name) => NOBODY[name]);
    const described = ALL_METHODS.filter((method) => item[method.toLowerCase()]);
    for (const method of ALL_METHODS.filter((one) => !described.includes(one))) {
      const answer = await rawRequest(op, target, { method, headers: bearer(op.adminToken) });
      assert.equal(answer.status, 405, `${method} ${path}`);
      assert.deepEqual(answer.headers.allow.split(", ").sort(), [...described].sort(), path);
    }
  }
});

test("a provider whose storage is away says so", async () => {
  await op.breakKv(true);
  for (const namespace of ["USERS", "REGISTRATIONS", "KEYS"]) await op.breakObjects(namespace, "throw");
  const bodies = { "/admin/clients": { redirect_uris: [CALLBACK] }, "/admin/clients/{client_id}": { redirect_uris: [CALLBACK] }, "/admin/clients/{client_id}/policy": {},
    "/admin/users/{username}": {}, "/admin/import": { shop: { client_secret: "x".repeat(32), redirect_uris: [CALLBACK] } } };
  for (const one of operations) {
    const answer = await send(op, one, { names: { ...NOBODY, client_id: client.client_id }, json: one.operation.requestBody && bodies[one.path] });
    assert.equal(answer.status, 503, `${one.method} ${one.path}: ${answer.text}`);
    assertDescribed(one, answer);
  }
  await op.breakKv(false);
  await op.restart();
});

test("an address that guesses is told to wait, whatever it asks for", async (t) => {
  const other = await startProvider({ vars: { ADMIN_LIMIT: 1 } });
  t.after(() => other.stop());
  const [first] = operations;
  assert.equal((await send(other, first, { headers: bearer(random()) })).status, 401);
  for (const one of operations) {
    const answer = await send(other, one, { names: NOBODY, body: one.operation.requestBody && "{}", headers: bearer(random()) });
    assert.equal(answer.status, 429, `${one.method} ${one.path}`);
    assertDescribed(one, answer);
  }
});
