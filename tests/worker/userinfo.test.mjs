// The userinfo endpoint: which tokens it takes, how they may be brought, and what they release.
import assert from "node:assert/strict";
import { createHmac, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { createUser, startProvider } from "./harness/provider.mjs";
import { assertJsonError } from "./support/assertions.mjs";
import { decode, encode, forged } from "./support/jwt.mjs";
import { DIANA, admin, bearer, flow, random, redeem, register, tokens, userinfo } from "./support/relying_party.mjs";

const FORM = "application/x-www-form-urlencoded";
const ROUNDS = 5;

let op, client, browser, token;

before(async () => {
  op = await startProvider();
  await createUser(op, "diana", DIANA);
  client = await register(op, { id_token_signed_response_alg: "ES256" });
  const first = await flow(op, client);
  browser = first.browser;
  token = await tokens(op, client, first);
});
after(() => op?.stop());

const ask = (options) => op.request("/userinfo", options);
const asBody = (access_token, headers) => ask({ form: { access_token }, headers });
const grant = async (scope) => tokens(op, client, await flow(op, client, { browser, scope }));

function assertInvalid(answer, error = "invalid_token", status = 401) {
  assertJsonError(answer, status, error);
  assert.match(answer.headers["www-authenticate"], new RegExp(`^Bearer realm="treeline", error="${error}", error_description="[^"]+"$`));
}

describe("how a token is brought", () => {
  test("in the header, by GET and POST, in whatever case, and in a form", async () => {
    const { access_token } = token;
    for (const answer of [await userinfo(op, access_token), await ask({ method: "POST", headers: bearer(access_token) }), await asBody(access_token),
      await ask({ headers: { authorization: `bearer ${access_token}` } }), await ask({ headers: { authorization: `BEARER  ${access_token}` } }),
      await ask({ method: "POST", body: "", headers: { ...bearer(access_token), "content-type": FORM } }),
      await ask({ method: "POST", body: "{}", headers: { ...bearer(access_token), "content-type": "application/json" } })]) {
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.headers["content-type"], "application/json");
      assert.equal(answer.headers["cache-control"], "no-store");
      assert.equal(answer.headers["access-control-allow-origin"], "*");
      assert.equal(answer.json().sub, decode(token.id_token).claims.sub);
    }
  });

  test("not at all: a challenge without an error", async () => {
    for (const options of [{}, { method: "POST" }, { form: {} }, { form: { access_token: "" } }, { headers: { authorization: "Basic eDp5" } },
      { headers: { authorization: "Bearer" } }, { json: { access_token: token.access_token } }]) {
      const answer = await ask(options);
      assert.deepEqual([answer.status, answer.headers["www-authenticate"], answer.text], [401, 'Bearer realm="treeline"', ""], JSON.stringify(options));
    }
  });

  test("in the address: refused, whatever else is there", async () => {
    const { access_token } = token;
    for (const options of [{}, { headers: bearer(access_token) }, { form: { access_token } }]) {
      assertJsonError(await op.request(`/userinfo?access_token=${access_token}`, options), 400, "invalid_request");
    }
  });

  test("in two ways at once, or twice: refused", async () => {
    const { access_token } = token;
    assertJsonError(await asBody(access_token, bearer(access_token)), 400, "invalid_request");
    const twice = new URLSearchParams([["access_token", access_token], ["access_token", access_token]]);
    assertJsonError(await ask({ form: twice }), 400, "invalid_request");
  });

  test("a body that cannot be read is invalid_request", async () => {
    for (const body of ["access_token=%ff", "a".repeat(1 << 20)]) {
      assertJsonError(await ask({ method: "POST", body, headers: { "content-type": FORM } }), 400, "invalid_request");
    }
  });
});

describe("what is no token of ours, for us", () => {
  const refused = {
    garbage: () => "x",
    "three dots": () => "...",
    NUL: ({ access_token }) => `${access_token}%00`,
    "20 KB": () => "a".repeat(20_000),
    "the ID token": ({ id_token }) => id_token,
    "the ID token as at+jwt": ({ id_token }) => forged(id_token, { header: { typ: "at+jwt" } }),
    "another type": ({ access_token }) => forged(access_token, { header: { typ: "JWT" } }),
    "a code": async () => (await flow(op, client, { browser })).code,
    "its jti": ({ access_token }) => decode(access_token).claims.jti,
    "a registration token": () => client.registration_access_token,
    "a client secret": () => client.client_secret,
    "no signature": ({ access_token }) => forged(access_token, { signature: "" }),
    "another signature": ({ access_token }) => forged(access_token, { signature: encode(Buffer.alloc(64, 7).toString("latin1")) }),
    "the ID token's signature": ({ access_token, id_token }) => forged(access_token, { signature: id_token.split(".")[2] }),
    "a signature of zeros": ({ access_token }) => forged(access_token, { signature: Buffer.alloc(64).toString("base64url") }),
    "a foreign audience": ({ access_token }) => forged(access_token, { claims: { aud: "https://api.example" } }),
    "another issuer": ({ access_token }) => forged(access_token, { claims: { iss: "https://evil.example" } }),
    "a later end": ({ access_token }) => forged(access_token, { claims: { exp: 9_999_999_999 } }),
    "more scope": ({ access_token }) => forged(access_token, { claims: { scope: "openid email phone" } }),
    "another kid": ({ access_token }) => forged(access_token, { header: { kid: "../x" } }),
    "a kid of SQL": ({ access_token }) => forged(access_token, { header: { kid: "' OR 1=1 --" } }),
    "crit": ({ access_token }) => forged(access_token, { header: { crit: ["b64"], b64: false } }),
  };
  for (const alg of ["none", "None", "NONE", "nOnE", ""]) {
    refused[`alg ${alg} without a signature`] = ({ access_token }) => forged(access_token, { header: { alg }, signature: "" });
  }
  for (const alg of ["none", "RS256", "HS256", "ES384"]) {
    refused[`alg ${alg} with the signature`] = ({ access_token }) => forged(access_token, { header: { alg } });
  }
  for (const [name, make] of Object.entries(refused)) {
    test(name, async () => assertInvalid(await ask({ headers: bearer(await make(token)) })));
  }

  test("signed with a key that the token brings along", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const jwk = publicKey.export({ format: "jwk" });
    const { kid } = decode(token.access_token).header;
    for (const header of [{ jwk }, { jwk: { ...jwk, kid } }, { jku: "https://evil.example/jwks" }, { x5u: "https://evil.example/x" }]) {
      const unsigned = forged(token.access_token, { header, signature: "" }).slice(0, -1);
      const signature = sign("sha256", Buffer.from(unsigned), { key: privateKey, dsaEncoding: "ieee-p1363" }).toString("base64url");
      assertInvalid(await userinfo(op, `${unsigned}.${signature}`));
    }
  });

  test("HS256 keyed with a public key", async () => {
    const { keys } = (await op.request("/jwks")).json();
    for (const key of keys) {
      const publicKey = createPublicKey({ key, format: "jwk" });
      for (const secret of [publicKey.export({ type: "spki", format: "pem" }), publicKey.export({ type: "spki", format: "der" }), JSON.stringify(key)]) {
        const unsigned = forged(token.access_token, { header: { alg: "HS256", kid: key.kid }, signature: "" }).slice(0, -1);
        const signature = createHmac("sha256", secret).update(unsigned).digest("base64url");
        assertInvalid(await userinfo(op, `${unsigned}.${signature}`));
      }
    }
  });

  test("nothing of all this reaches an object", async () => {
    await op.resetCounts();
    for (const text of ["x", token.id_token, forged(token.access_token, { claims: { exp: 9_999_999_999 } }), random()]) await userinfo(op, text);
    assert.deepEqual((await op.counts()).objects.USERS, 0);
    await userinfo(op, token.access_token);
    assert.deepEqual((await op.counts()).objects.USERS, 1);
  });

  test("one of another provider, and one whose lifetime is over", async () => {
    const other = await startProvider({ vars: { ACCESS_TOKEN_LIFETIME: 1 } });
    try {
      await createUser(other, "diana", DIANA);
      const there = await register(other);
      const { access_token, expires_in } = await tokens(other, there, await flow(other, there));
      assert.equal(expires_in, 1);
      assertInvalid(await userinfo(op, access_token));
      await pause(1100);
      assertInvalid(await userinfo(other, access_token));
    } finally {
      await other.stop();
    }
  });
});

describe("what has ended", () => {
  test("the tokens of a user who is disabled stop at once", async () => {
    await createUser(op, "erik", DIANA);
    const { access_token } = await tokens(op, client, await flow(op, client, { username: "erik" }));
    assert.equal((await userinfo(op, access_token)).status, 200);
    await admin(op, "/admin/users/erik", { method: "PUT", json: { disabled: true } });
    assertInvalid(await userinfo(op, access_token));
  });

  test("and so does the session: no code comes of it any more", async () => {
    await createUser(op, "frida", DIANA);
    const signedIn = await flow(op, client, { username: "frida" });
    await admin(op, "/admin/users/frida", { method: "PUT", json: { disabled: true } });
    const silent = await flow(op, client, { browser: signedIn.browser, prompt: "none" });
    assert.equal(silent.answer.error, "login_required");
  });

  test("the tokens of a client that is deleted stop at once, however young they are", async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const doomed = await register(op);
      const { access_token } = await tokens(op, doomed, await flow(op, doomed, { browser }));
      const { pathname, search } = new URL(doomed.registration_client_uri);
      const deleted = await op.request(pathname + search, { method: "DELETE", headers: bearer(doomed.registration_access_token) });
      assert.equal(deleted.status, 204);
      assertInvalid(await userinfo(op, access_token));
    }
    assert.equal((await userinfo(op, token.access_token)).status, 200);
  });

  test("a token outlives a restart, and a replay ends it after one too", async () => {
    const done = await flow(op, client, { browser });
    const { access_token } = await tokens(op, client, done);
    await op.restart();
    assert.equal((await userinfo(op, access_token)).status, 200);
    // A form that is sent twice within two seconds is no replay.
    await pause(2000);
    assert.equal((await redeem(op, client, done)).status, 400);
    await op.restart();
    assertInvalid(await userinfo(op, access_token));
  });
});

describe("what is released", () => {
  const { email, email_verified, address, phone_number, phone_number_verified, ...profile } = DIANA.claims;
  const table = {
    openid: {},
    "openid profile": profile,
    "openid email": { email, email_verified },
    "openid address": { address },
    "openid phone": { phone_number, phone_number_verified },
    "phone openid email": { email, email_verified, phone_number, phone_number_verified },
    "openid profile email address phone": DIANA.claims,
  };
  for (const [scope, claims] of Object.entries(table)) {
    test(scope, async () => {
      const { access_token, id_token } = await grant(scope);
      const { sub, ...released } = (await userinfo(op, access_token)).json();
      assert.deepEqual(released, claims);
      assert.equal(sub, decode(id_token).claims.sub);
      for (const claim of Object.keys(claims)) assert.equal(decode(id_token).claims[claim], undefined);
    });
  }

  test("nothing without openid", async () => {
    for (const scope of ["profile", "email phone"]) assertInvalid(await userinfo(op, (await grant(scope)).access_token), "insufficient_scope", 403);
  });

  test("nothing that is empty, nothing of another's making, and what is changed at once", async () => {
    await createUser(op, "gustav", { ...DIANA, claims: { name: "", nickname: null, given_name: "Gustav", sub: "diana", admin: true } });
    const { access_token } = await tokens(op, client, await flow(op, client, { username: "gustav", scope: "openid profile" }));
    const { sub, ...claims } = (await userinfo(op, access_token)).json();
    assert.deepEqual(claims, { given_name: "Gustav" });
    assert.match(sub, /^[0-9a-f]{64}$/);
    await admin(op, "/admin/users/gustav", { method: "PUT", json: { claims: { given_name: "Gösta" } } });
    assert.deepEqual((await userinfo(op, access_token)).json(), { sub, given_name: "Gösta" });
  });

  test("one person is the same to every client, two are not", async () => {
    const other = await register(op);
    const { access_token } = await tokens(op, other, await flow(op, other, { browser }));
    assert.equal((await userinfo(op, access_token)).json().sub, (await userinfo(op, token.access_token)).json().sub);
    await createUser(op, "hedda", DIANA);
    const hedda = await tokens(op, other, await flow(op, other, { username: "hedda" }));
    assert.notEqual((await userinfo(op, hedda.access_token)).json().sub, (await userinfo(op, token.access_token)).json().sub);
  });
});
