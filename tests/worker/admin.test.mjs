// The operator's API: who may use it, which accounts it makes, and what it does with input that is none.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createUser, startProvider } from "./harness/provider.mjs";
import { assertJsonError } from "./support/assertions.mjs";
import { rawRequest } from "./support/raw.mjs";
import { DIANA, admin, bearer, flow, random, register, sessions, tokens, userinfo } from "./support/relying_party.mjs";

const NAME_LIMIT = 128;

let op;

before(async () => {
  op = await startProvider();
});
after(() => op?.stop());

const put = (name, body, headers = bearer(op.adminToken)) =>
  rawRequest(op, `/admin/users/${name}`, { method: "PUT", body, headers: { ...headers, "content-type": "application/json" } });
const get = (name) => rawRequest(op, `/admin/users/${name}`, { headers: bearer(op.adminToken) });
const nested = (depth) => `{"claims":{"name":${'{"a":'.repeat(depth)}1${"}".repeat(depth)}}}`;

describe("who may", () => {
  const PATHS = [["GET", "/admin/clients"], ["GET", "/admin/users/diana"], ["PUT", "/admin/users/diana"], ["GET", "/admin/sessions/diana"],
    ["GET", "/admin/keys"], ["POST", "/admin/keys/rotate"]];

  test("nobody without the operator's token, and nothing happens", async () => {
    for (const [method, path] of PATHS) {
      const ask = (headers, query = "") => op.request(path + query, { method, headers, ...(method === "PUT" && { json: DIANA }) });
      const elsewhere = [[{}], [{ authorization: `Basic ${op.adminToken}` }], [{}, `?access_token=${op.adminToken}`], [{ cookie: `token=${op.adminToken}` }]];
      for (const place of elsewhere) {
        const answer = await ask(...place);
        assert.deepEqual([answer.status, answer.text, answer.headers["www-authenticate"]], [401, "", 'Bearer realm="treeline"']);
      }
      for (const token of [random(), op.adminToken.slice(0, -1), `${op.adminToken}x`, op.adminToken.toLowerCase(), "null"]) {
        assertJsonError(await ask(bearer(token)), 401, "invalid_token");
      }
    }
    assert.equal((await get("diana")).status, 404);
  });

  test("a client's token is none", async () => {
    await createUser(op, "erik", DIANA);
    const client = await register(op);
    const { access_token } = await tokens(op, client, await flow(op, client, { username: "erik" }));
    for (const token of [access_token, client.registration_access_token, client.client_secret]) {
      assertJsonError(await op.request("/admin/clients", { headers: bearer(token) }), 401, "invalid_token");
    }
  });
});

describe("accounts", () => {
  test("one is created, then changed, and what is not said stays", async () => {
    const created = await put("frida", JSON.stringify(DIANA));
    assert.deepEqual([created.status, created.json()], [201, { username: "frida", disabled: false, claims: DIANA.claims }]);
    const changed = await put("frida", JSON.stringify({ claims: { name: "Frida" } }));
    assert.deepEqual([changed.status, changed.json()], [200, { username: "frida", disabled: false, claims: { name: "Frida" } }]);
    assert.deepEqual((await put("frida", "{}")).json(), changed.json());
    const client = await register(op);
    await tokens(op, client, await flow(op, client, { username: "frida" }));
    assert.deepEqual((await put("frida", '{"disabled":true}')).json(), { ...changed.json(), disabled: true });
    assert.equal((await put("frida", '{"claims":{}}')).json().disabled, true);
  });

  test("a disabled one is revoked in its tree, node by node, and an enabled one can sign in again", async () => {
    await createUser(op, "gustav", DIANA);
    const client = await register(op);
    const { access_token } = await tokens(op, client, await flow(op, client, { username: "gustav" }));
    await put("gustav", '{"disabled":true}');
    const revoked = Object.values((await sessions(op, "gustav")).db).flatMap(([, node]) => [node, ...(node.issued_token ?? [])]).map((node) => node.revoked);
    assert.deepEqual(revoked, [true, true, true, true, true]);
    assert.equal((await userinfo(op, access_token)).status, 401);
    await put("gustav", '{"disabled":false}');
    assert.equal((await userinfo(op, access_token)).status, 401, "what was revoked has come back");
    assert.ok((await flow(op, client, { username: "gustav" })).code);
  });

  test("a name is one path segment, encoded as any is", async () => {
    const longest = "a".repeat(NAME_LIMIT);
    for (const [encoded, name] of Object.entries({ "a%2Fb": "a/b", "x%40example.com": "x@example.com", "..": "..", "%C3%A5sa": "åsa", [longest]: longest })) {
      assert.equal((await put(encoded, "{}")).json().username, name);
      const dump = await rawRequest(op, `/admin/sessions/${encoded}`, { headers: bearer(op.adminToken) });
      assert.deepEqual(dump.json().db, {});
    }
  });

  for (const name of ["%00", "%20", "a%20b", "%E2%80%8B", "a%0Ab", "a;;b", "a".repeat(NAME_LIMIT + 1)]) {
    test(`${name.slice(0, 12)} is no name`, async () => {
      assertJsonError(await put(name, "{}"), 400, "invalid_request");
      assert.equal((await get(name)).status, 404);
    });
  }

  test("nothing, and a name that is no UTF-8, lead nowhere", async () => {
    for (const name of ["", "%ff"]) for (const ask of [put, get]) assert.equal((await ask(name, "{}")).status, 404, name);
  });

  const BODIES = {
    nothing: "",
    "no JSON": "x",
    "an array": "[]",
    null: "null",
    "an empty password": '{"password":""}',
    "a password that is a number": '{"password":1}',
    "a password with a control character": '{"password":"a\\u0000b"}',
    "a password that is too long": `{"password":"${"p".repeat(1025)}"}`,
    "an unknown member": '{"admin":true}',
    "a member that stands twice": '{"password":"a","password":"b"}',
    "claims that are no object": '{"claims":[]}',
    "a number that is none": '{"claims":{"updated_at":1e400}}',
    "disabled as a word": '{"disabled":"yes"}',
    "more than the limit": `{"claims":{"name":"${"x".repeat(1 << 18)}"}}`,
    "no UTF-8": Buffer.from([0x7b, 0xff, 0x7d]),
    "nested without end": nested(10_000),
  };
  for (const [name, body] of Object.entries(BODIES)) {
    test(`a body that is ${name} is invalid_request`, async () => {
      assertJsonError(await put("nobody", body), 400, "invalid_request");
      assert.equal((await get("nobody")).status, 404);
    });
  }

  test("claims of any depth are kept and can be read, or are refused", async () => {
    for (const depth of [1, 8, 60, 120, 122, 123, 124, 125, 126, 127, 128, 129, 1000]) {
      const { status, text } = await put(`deep${depth}`, nested(depth));
      assert.ok([201, 400].includes(status), `${depth}: ${text}`);
      assert.equal((await get(`deep${depth}`)).status, status === 201 ? 200 : 404, `${depth}`);
    }
  });
});
