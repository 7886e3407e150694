// The token endpoint: what it answers, and who may ask how.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createUser, startProvider } from "./harness/provider.mjs";
import { assertJsonError } from "./support/assertions.mjs";
import { decode, verified } from "./support/jwt.mjs";
import { DIANA, credentials, flow, random, redeem, register, tokens } from "./support/relying_party.mjs";

const ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const FORM = "application/x-www-form-urlencoded";

let op, basic, post, open, browser;

before(async () => {
  op = await startProvider();
  await createUser(op, "diana", DIANA);
  const METHODS = ["client_secret_basic", "client_secret_post", "none"];
  [basic, post, open] = await Promise.all(METHODS.map((method) => register(op, { token_endpoint_auth_method: method })));
  for (const client of [basic, post, open]) browser = (await flow(op, client, { browser })).browser;
});
after(() => op?.stop());

/** A fresh code for a client that diana has allowed, without a page. */
const code = (client = basic, changes = {}) => flow(op, client, { browser, ...changes });

const form = (fields) => new URLSearchParams(fields).toString();
const ask = (body, headers = {}, path = "/token") => op.request(path, { method: "POST", body, headers: { "content-type": FORM, ...headers } });
const basicHeader = (text) => ({ authorization: `Basic ${Buffer.from(text).toString("base64")}` });
const fieldsOf = ({ code, verifier, fields }) => ({ grant_type: "authorization_code", code, redirect_uri: fields.redirect_uri, code_verifier: verifier });

/** The code has not been used up by what came before. */
async function assertStillGood(client, done) {
  assert.equal((await redeem(op, client, done)).status, 200);
}

describe("what a code buys", () => {
  test("the response is RFC 6749's, and nothing keeps it", async () => {
    for (const client of [basic, post, open]) {
      const answer = await redeem(op, client, await code(client, { scope: "openid email" }));
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.headers["content-type"], "application/json");
      assert.equal(answer.headers["cache-control"], "no-store");
      assert.equal(answer.headers.pragma, "no-cache");
      assert.equal(answer.headers["access-control-allow-origin"], "*");
      const { access_token, id_token, ...rest } = answer.json();
      assert.deepEqual(rest, { token_type: "Bearer", expires_in: 3600, scope: "openid email" });
      assert.ok(access_token && id_token);
    }
  });

  test("the ID token says who, to whom, when, and nothing that was not asked for", async () => {
    const { keys } = (await op.request("/jwks")).json();
    const done = await code(basic, { scope: "openid profile email" });
    const { header, claims } = verified((await tokens(op, basic, done)).id_token, keys);
    assert.deepEqual(header, { alg: "RS256", kid: keys.find(({ alg }) => alg === "RS256").kid });
    const { iss, sub, aud, exp, iat, auth_time, acr, nonce, ...rest } = claims;
    assert.deepEqual([iss, aud, nonce, exp - iat, rest], [op.issuer, basic.client_id, done.fields.nonce, 300, {}]);
    assert.match(sub, /^[!-~]{1,255}$/);
    assert.ok(auth_time <= iat && typeof acr === "string");
    assert.equal("nonce" in decode((await tokens(op, basic, await code(basic, { nonce: undefined }))).id_token).claims, false);
  });

  test("the access token is RFC 9068's, and names nobody", async () => {
    const { keys } = (await op.request("/jwks")).json();
    const [one, other] = [await tokens(op, basic, await code()), await tokens(op, basic, await code())];
    const { header, claims } = verified(one.access_token, keys);
    assert.deepEqual([header.alg, header.typ], ["ES256", "at+jwt"]);
    assert.deepEqual(Object.keys(claims).sort(), ["acr", "aud", "auth_time", "client_id", "exp", "iat", "iss", "jti", "scope", "sub"]);
    assert.equal(claims.client_id, basic.client_id);
    assert.notEqual(claims.jti, decode(other.access_token).claims.jti);
    assert.doesNotMatch(JSON.stringify(claims), /diana/i);
  });

  test("without openid there is no ID token, and a scope that nobody knows is not granted", async () => {
    const answer = await tokens(op, basic, await flow(op, basic, { browser, scope: "email nonsense" }));
    assert.equal(answer.id_token, undefined);
    assert.equal(answer.scope, "email");
  });

  test("codes have 128 bits and more, and are never the same", async () => {
    const codes = await Promise.all(Array.from({ length: 20 }, () => code()));
    assert.equal(new Set(codes.map((done) => done.code)).size, codes.length);
    for (const done of codes) assert.match(done.code, /^[\w-]{43,}$/);
  });
});

describe("15. the request", () => {
  test("in another form than a form", async () => {
    const fields = { ...fieldsOf(await code(post)), client_id: post.client_id, client_secret: post.client_secret };
    assertJsonError(await ask(JSON.stringify(fields), { "content-type": "application/json" }), 400, "invalid_request");
    for (const type of ["", "text/plain", "multipart/form-data", `${FORM}, application/json`, `${FORM};charset=utf-8, text/plain`, `x${FORM}`]) {
      assertJsonError(await ask(form(fields), { "content-type": type }), 400, "invalid_request");
    }
    assertJsonError(await ask(`${form(fields)}&x=%ff`), 400, "invalid_request");
    assertJsonError(await ask(Buffer.from([0xff, 0xfe, 0x3d])), 400, "invalid_request");
    assert.equal((await ask(form(fields), { "content-type": "Application/X-WWW-form-urlencoded; charset=UTF-8" })).status, 200);
  });

  test("too large", async () => {
    const began = Date.now();
    for (const name of ["scope", "code", "code_verifier", "client_secret", "unknown"]) {
      const { status } = await ask(form({ grant_type: "authorization_code", [name]: "a".repeat(1 << 20) }));
      assert.ok([400, 413].includes(status), `${name}: ${status}`);
    }
    assert.ok(Date.now() - began < 3000);
  });

  test("each parameter once", async () => {
    const done = await code(post);
    const fields = { ...fieldsOf(done), client_id: post.client_id, client_secret: post.client_secret, scope: "openid", anything: "x" };
    for (const [name, value] of Object.entries(fields)) {
      for (const again of [value, "other"]) assertJsonError(await ask(`${form(fields)}&${form({ [name]: again })}`), 400, "invalid_request");
    }
    await assertStillGood(post, done);
  });

  test("resource may repeat", async () => {
    const done = await code(post);
    const fields = { ...fieldsOf(done), client_id: post.client_id, client_secret: post.client_secret };
    const { status, text } = await ask(`${form(fields)}&resource=${op.issuer}/a&resource=${op.issuer}/b`);
    assert.ok(status === 200 || JSON.parse(text).error === "invalid_target", text);
  });

  test("a secret in the address is none, even a right one", async () => {
    const done = await code(post);
    const { client_id, client_secret } = post;
    const body = form(fieldsOf(done));
    assertJsonError(await ask(body, {}, `/token?${form({ client_id, client_secret })}`), 401, "invalid_client");
    assertJsonError(await ask(`${body}&${form({ client_id, client_secret })}`, {}, `/token?${form({ client_secret })}`), 401, "invalid_client");
    await assertStillGood(post, done);
  });

  test("a code in the address is none", async () => {
    const done = await code(post);
    const { client_id, client_secret } = post;
    const inQuery = await ask(form({ client_id, client_secret }), {}, `/token?${form(fieldsOf(done))}`);
    assertJsonError(inQuery, 400, "invalid_request");
    await assertStillGood(post, done);
  });

  test("grant types that are missing, unknown, or not for anybody", async () => {
    const { headers } = credentials(basic);
    for (const fields of [{}, { grant_type: "" }]) assertJsonError(await ask(form(fields), headers), 400, "invalid_request");
    for (const grant_type of ["password", "implicit", "Authorization_code", "authorization_code ", "foo", "urn:ietf:params:oauth:grant-type:saml2-bearer"]) {
      const fields = { grant_type, username: "diana", password: DIANA.password };
      assertJsonError(await ask(form(fields), headers), 400, "unsupported_grant_type");
    }
    for (const fields of [{}, { code: "" }]) assertJsonError(await ask(form({ grant_type: "authorization_code", ...fields }), headers), 400, "invalid_request");
  });
});

describe("16. who asks", () => {
  test("every failure of authentication has one body", async () => {
    const done = await code();
    const body = form(fieldsOf(done));
    const { client_id, client_secret } = basic;
    const unknown = random().slice(0, 24);
    const failures = {
      nothing: [body],
      "the id alone": [`${body}&${form({ client_id })}`],
      "an unknown id alone": [`${body}&${form({ client_id: unknown })}`],
      "a wrong secret": [body, basicHeader(`${client_id}:${random()}`)],
      "no secret": [body, basicHeader(`${client_id}:`)],
      "another client's secret": [body, basicHeader(`${client_id}:${post.client_secret}`)],
      "more than the secret": [body, basicHeader(`${client_id}:${client_secret}x`)],
      "less than the secret": [body, basicHeader(`${client_id}:${client_secret.slice(0, -1)}`)],
      "an unknown client": [body, basicHeader(`${unknown}:${client_secret}`)],
      "a long unknown client": [body, basicHeader(`${"a".repeat(2000)}:x`)],
      "no colon": [body, basicHeader(client_id)],
      "bad base64": [body, { authorization: "Basic %%%" }],
      "bad percent-encoding": [body, basicHeader(`${client_id}:%zz`)],
      "no UTF-8": [body, { authorization: `Basic ${Buffer.from([0xff, 0x3a, 0xff]).toString("base64")}` }],
      "an empty header": [body, { authorization: "Basic " }],
      "another scheme": [body, { authorization: `Bearer ${client_secret}` }],
      "client_secret_post": [`${body}&${form({ client_id, client_secret })}`],
      "a wrong secret by client_secret_post": [`${body}&${form({ client_id: post.client_id, client_secret })}`],
      "an empty secret by client_secret_post": [`${body}&${form({ client_id: post.client_id })}&client_secret=`],
      "an unknown client by client_secret_post": [`${body}&${form({ client_id: unknown, client_secret })}`],
      "Basic for client_secret_post": [body, basicHeader(`${post.client_id}:${post.client_secret}`)],
      "Basic for a public client": [body, basicHeader(`${open.client_id}:`)],
      "a secret of a public client": [`${body}&${form({ client_id: open.client_id, client_secret: "x" })}`],
      "an assertion": [`${body}&${form({ client_id, client_assertion: "e30.e30.x", client_assertion_type: ASSERTION })}`],
    };
    const bodies = new Set();
    for (const [name, [fields, headers = {}]] of Object.entries(failures)) {
      const answer = await ask(fields, headers);
      assert.equal(answer.status, 401, `${name}: ${answer.text}`);
      assertJsonError(answer, 401, "invalid_client");
      assert.equal(answer.headers["www-authenticate"], headers.authorization ? 'Basic realm="treeline"' : undefined, name);
      bodies.add(answer.text);
    }
    assert.equal(bodies.size, 1);
    await assertStillGood(basic, done);
  });

  test("two methods at once are invalid_request, even two right ones", async () => {
    const body = form(fieldsOf(await code()));
    const { client_id, client_secret } = basic;
    const header = basicHeader(`${client_id}:${client_secret}`);
    assertJsonError(await ask(`${body}&${form({ client_id, client_secret })}`, header), 400, "invalid_request");
    assertJsonError(await ask(`${body}&client_assertion=x`, header), 400, "invalid_request");
    assertJsonError(await ask(`${body}&${form({ client_id, client_secret })}&client_assertion=x`), 400, "invalid_request");
    assertJsonError(await ask(`${body}&${form({ client_id: post.client_id })}`, header), 400, "invalid_request");
  });

  test("Basic is form-urlencoded before base64, and its scheme has no case", async () => {
    const encoded = [...Buffer.from(basic.client_secret)].map((byte) => `%${byte.toString(16)}`).join("");
    const { authorization } = basicHeader(`${encodeURIComponent(basic.client_id)}:${encoded}`);
    for (const header of [authorization, authorization.replace("Basic", "basic"), authorization.replace("Basic ", "BASIC  ")]) {
      assert.equal((await ask(form(fieldsOf(await code())), { authorization: header })).status, 200);
    }
    assert.equal((await ask(form({ ...fieldsOf(await code()), client_id: basic.client_id }), { authorization })).status, 200);
  });
});
