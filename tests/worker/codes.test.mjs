// Authorization codes in the hands of others, used again, and with verifiers that do not fit.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { createUser, startProvider } from "./harness/provider.mjs";
import { assertJsonError } from "./support/assertions.mjs";
import { decode } from "./support/jwt.mjs";
import { DIANA, WITHOUT_PKCE, admin, bearer, challengeOf, flow, random, redeem, register, tokens, userinfo } from "./support/relying_party.mjs";

const FAILURES = 5;

/** Past this a repeat is no form that was sent twice. */
const DOUBLE_SUBMIT_MS = 2000;

let op, basic, post, open, browser;

before(async () => {
  op = await startProvider();
  await createUser(op, "diana", DIANA);
  const METHODS = ["client_secret_basic", "client_secret_post", "none"];
  [basic, post, open] = await Promise.all(METHODS.map((method) => register(op, { token_endpoint_auth_method: method })));
  browser = (await flow(op, basic)).browser;
  await flow(op, open, { browser });
});
after(() => op?.stop());

/** A fresh code for a client that diana has allowed, without a page. */
const code = (client = basic, changes = {}) => flow(op, client, { browser, ...changes });

/** The code has not been used up by what came before. */
async function assertStillGood(client, done) {
  assert.equal((await redeem(op, client, done)).status, 200);
}

describe("18. the code", () => {
  test("garbage is invalid_grant, and reaches no object", async () => {
    const done = await code();
    await op.resetCounts();
    const flip = (text, place) => text.slice(0, place) + (text[place] === "A" ? "B" : "A") + text.slice(place + 1);
    const forged = ["x", "\0", "ünïcode", `${done.code}\0`, ` ${done.code}`, `${done.code} `, `${done.code}=`, done.code.slice(0, -1), `${done.code}A`,
      "A".repeat(done.code.length), done.code.toUpperCase(), random(), "eyJhbGciOiJub25lIn0.e30.", "a".repeat(100_000), "' OR 1=1 --",
      ...[0, 30, 60, done.code.length - 2].map((place) => flip(done.code, place)), done.code.slice(0, 40) + random() + random()];
    for (const text of forged) assertJsonError(await redeem(op, basic, { ...done, code: text }), 400, "invalid_grant");
    assert.equal((await op.counts()).objects.USERS, 0);
    await assertStillGood(basic, done);
  });

  test("another client's is invalid_grant, and its owner can still use it", async () => {
    const done = await code();
    for (const thief of [post, open]) {
      for (let tries = 0; tries <= FAILURES; tries++) assertJsonError(await redeem(op, thief, done), 400, "invalid_grant");
    }
    const { access_token } = await tokens(op, basic, done);
    for (const thief of [post, open]) assertJsonError(await redeem(op, thief, done), 400, "invalid_grant");
    assert.equal((await userinfo(op, access_token)).status, 200, "a thief's replay has revoked the owner's token");
  });

  test("a cookie or an access token is no code", async () => {
    const done = await code();
    const { access_token } = await tokens(op, basic, await code());
    const session = browser.cookies.for(new URL(op.issuer)).find(({ name }) => name === "treeline-session").value;
    for (const text of [session, access_token, decode(access_token).claims.jti]) {
      assertJsonError(await redeem(op, basic, { ...done, code: text }), 400, "invalid_grant");
    }
  });

  test("redirect_uri has to be the request's", async () => {
    const done = await code();
    for (const redirect_uri of [undefined, "", `${done.fields.redirect_uri}/`, "https://other.example/callback"]) {
      assertJsonError(await redeem(op, basic, done, { redirect_uri }), 400, "invalid_grant");
    }
    await assertStillGood(basic, done);
  });

  test("one whose lifetime is over is invalid_grant", async () => {
    const quick = await startProvider({ vars: { CODE_LIFETIME: 1 } });
    try {
      await createUser(quick, "diana", DIANA);
      const client = await register(quick);
      const done = await flow(quick, client);
      await pause(1100);
      assertJsonError(await redeem(quick, client, done), 400, "invalid_grant");
    } finally {
      await quick.stop();
    }
  });

  test("of a disabled user is invalid_grant", async () => {
    await createUser(op, "erik", DIANA);
    const done = await flow(op, basic, { username: "erik" });
    await admin(op, "/admin/users/erik", { method: "PUT", json: { disabled: true } });
    assertJsonError(await redeem(op, basic, done), 400, "invalid_grant");
  });

  test("of a deleted client is invalid_client", async () => {
    const doomed = await register(op);
    const done = await flow(op, doomed, { browser });
    const { pathname, search } = new URL(doomed.registration_client_uri);
    await op.request(pathname + search, { method: "DELETE", headers: bearer(doomed.registration_access_token) });
    assertJsonError(await redeem(op, doomed, done), 401, "invalid_client");
  });
});

describe("19. a replay", () => {
  for (const client of ["basic", "open"]) {
    test(`kills what the first use bought (${client})`, async () => {
      const of = { basic, open }[client];
      const done = await code(of);
      const { access_token } = await tokens(op, of, done);
      assert.equal((await userinfo(op, access_token)).status, 200);
      await pause(DOUBLE_SUBMIT_MS);
      for (let times = 0; times < 3; times++) assertJsonError(await redeem(op, of, done), 400, "invalid_grant");
      assert.equal((await userinfo(op, access_token)).status, 401);
    });
  }

  test("takes nothing back where it is the same form, sent twice, and all where it is not", async () => {
    const done = await code();
    const { access_token } = await tokens(op, basic, done);
    assertJsonError(await redeem(op, basic, done), 400, "invalid_grant");
    assert.equal((await userinfo(op, access_token)).status, 200);
    assertJsonError(await redeem(op, basic, done, { code_verifier: "w".repeat(43) }), 400, "invalid_grant");
    assert.equal((await userinfo(op, access_token)).status, 401);
  });

  test("leaves other codes and tokens of the same person and client alone", async () => {
    const [one, other, waiting] = [await code(), await code(), await code()];
    const [, { access_token }] = [await tokens(op, basic, one), await tokens(op, basic, other)];
    await pause(DOUBLE_SUBMIT_MS);
    assertJsonError(await redeem(op, basic, one), 400, "invalid_grant");
    assert.equal((await userinfo(op, access_token)).status, 200);
    await assertStillGood(basic, waiting);
  });
});

describe("20. the verifier", () => {
  const WRONG = {
    absent: () => undefined,
    "another's": (_, other) => other.verifier,
    "the challenge": ({ verifier }) => challengeOf(verifier),
    "one character less": ({ verifier }) => verifier.slice(0, -1),
    "one character more": ({ verifier }) => `${verifier}x`,
    "42 characters": () => "a".repeat(42),
    "129 characters": () => "a".repeat(129),
    "a space": ({ verifier }) => `${verifier.slice(0, -1)} `,
    "an illegal character": ({ verifier }) => `${verifier.slice(0, -1)}+`,
    unicode: () => "ä".repeat(43),
  };
  for (const [name, wrong] of Object.entries(WRONG)) {
    test(`${name}: invalid_grant`, async () => {
      const [done, other] = [await code(), await code()];
      assertJsonError(await redeem(op, basic, done, { code_verifier: wrong(done, other) }), 400, "invalid_grant");
      await assertStillGood(basic, done);
    });
  }

  test("of 43 and of 128 characters is right", async () => {
    for (const verifier of ["a".repeat(43), `${"a".repeat(124)}-._~`]) {
      const done = await code(basic, { code_challenge: challengeOf(verifier) });
      await assertStillGood(basic, { ...done, verifier });
    }
  });

  test("where there was no challenge: none is right, any is wrong", async () => {
    const done = await code(basic, WITHOUT_PKCE);
    assertJsonError(await redeem(op, basic, { ...done, verifier: "w".repeat(43) }), 400, "invalid_grant");
    await assertStillGood(basic, done);
  });

  const MISFITS = { verifiers: { code_verifier: "w".repeat(43) }, "redirect URIs": { redirect_uri: "https://rp.example/other" } };
  for (const [name, changes] of Object.entries(MISFITS)) {
    test(`${FAILURES} wrong ${name} use a code up, ${FAILURES - 1} do not`, async () => {
      const [tried, worn] = [await code(), await code()];
      for (let failures = 1; failures < FAILURES; failures++) assertJsonError(await redeem(op, basic, tried, changes), 400, "invalid_grant");
      await assertStillGood(basic, tried);
      for (let failures = 0; failures < FAILURES; failures++) assertJsonError(await redeem(op, basic, worn, changes), 400, "invalid_grant");
      assertJsonError(await redeem(op, basic, worn), 400, "invalid_grant");
    });
  }

  test("a failure to authenticate does not count", async () => {
    const done = await code();
    for (let failures = 0; failures <= FAILURES; failures++) {
      assertJsonError(await redeem(op, basic, done, {}, { authorization: `Basic ${Buffer.from(`${basic.client_id}:wrong`).toString("base64")}` }), 401, "invalid_client");
    }
    await assertStillGood(basic, done);
  });
});
