// The claims parameter, and where the claims of the scope are released.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createUser, startProvider } from "../harness/provider.mjs";
import { claimsAt, tokensOf } from "../support/back_channel.mjs";
import { EVERY_FLOW, RESPONSE_TYPES, assertRefused, finish, granted, modeOf, open, yields } from "../support/front_channel.mjs";
import { decode } from "../support/jwt.mjs";
import { DIANA, register } from "../support/relying_party.mjs";

const WITH_TOKEN = ["code", "id_token token", "code id_token", "code token", "code id_token token"];
const PROTOCOL = ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "azp", "at_hash", "c_hash", "s_hash", "sid", "jti"];
const SCOPES = {
  profile: ["name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture", "website", "gender",
    "birthdate", "zoneinfo", "locale", "updated_at"],
  email: ["email", "email_verified"],
  address: ["address"],
  phone: ["phone_number", "phone_number_verified"],
};

let op, client, browser;

before(async () => {
  op = await startProvider({ vars: { REGISTRATION_LIMIT: 1000 } });
  await createUser(op, "diana", DIANA);
  await createUser(op, "modest", { ...DIANA, claims: { name: "Modest" } });
  client = await register(op, EVERY_FLOW);
  ({ browser } = await granted(op, client));
});
after(() => op?.stop());

/** What a request releases: { front, back, info }: the ID tokens of either channel and userinfo, each without protocol claims. */
async function released(changes, options = { browser }) {
  const done = await granted(op, client, changes, options);
  const tokens = done.code ? await tokensOf(op, client, done) : {};
  const own = (claims) => claims && Object.fromEntries(Object.entries(claims).filter(([name]) => !PROTOCOL.includes(name)));
  const of = (token) => token && own(decode(token).claims);
  const access_token = done.answer.access_token ?? tokens.access_token;
  return { done, tokens, front: of(done.answer.id_token), back: of(tokens.id_token), info: access_token && own(await claimsAt(op, access_token)) };
}
const asking = (claims) => ({ claims: JSON.stringify(claims) });
const idTokens = ({ front, back }) => [front, back].filter(Boolean);

for (const response_type of WITH_TOKEN) {
  test(`Authorization endpoint 10: a userinfo request for name is answered at userinfo alone, ${response_type}`, async () => {
    const all = await released({ response_type, ...asking({ userinfo: { name: null } }) });
    assert.deepEqual(all.info, { name: DIANA.claims.name });
    for (const claims of idTokens(all)) assert.deepEqual(claims, {});
  });

  test(`Authorization endpoint 10: an ID token request for name is answered in the ID token alone, ${response_type}`, async () => {
    const all = await released({ response_type, ...asking({ id_token: { name: { essential: true } } }) });
    assert.ok(idTokens(all).length || response_type === "code token");
    for (const claims of idTokens(all)) assert.deepEqual(claims, { name: DIANA.claims.name });
    assert.deepEqual(all.info, {});
  });

  test(`Authorization endpoint 10: the scope's claims are at userinfo alone where an access token comes, ${response_type}`, async () => {
    const all = await released({ response_type, scope: "openid profile email address phone" });
    assert.deepEqual(all.info, DIANA.claims);
    for (const claims of idTokens(all)) assert.deepEqual(claims, {});
  });
}

test("Authorization endpoint 10: for id_token alone the scope's claims are in the ID token", async () => {
  for (const [scope, names] of Object.entries(SCOPES)) {
    const { front } = await released({ response_type: "id_token", scope: `openid ${scope}` });
    assert.deepEqual(Object.keys(front).sort(), [...names].sort());
    for (const name of names) assert.deepEqual(front[name], DIANA.claims[name]);
  }
  assert.deepEqual((await released({ response_type: "id_token" })).front, {});
  const both = await released({ response_type: "id_token", scope: "openid email", ...asking({ id_token: { name: null } }) });
  assert.deepEqual(Object.keys(both.front).sort(), ["email", "email_verified", "name"]);
});

test("Authorization endpoint 10: both places in one request, each its own", async () => {
  const wanted = asking({ userinfo: { given_name: null, email: { essential: true } }, id_token: { family_name: null, nickname: { essential: false } } });
  const { info, back } = await released(wanted);
  assert.deepEqual(info, { given_name: "Diana", email: DIANA.claims.email });
  assert.deepEqual(back, { family_name: DIANA.claims.family_name, nickname: DIANA.claims.nickname });
});

test("Authorization endpoint 10: beside a scope it adds to what the scope releases", async () => {
  const { info } = await released({ scope: "openid email", ...asking({ userinfo: { name: null } }) });
  assert.deepEqual(info, { name: DIANA.claims.name, email: DIANA.claims.email, email_verified: true });
});

test("Authorization endpoint 10: every standard claim can be asked for by name", async () => {
  const names = Object.keys(DIANA.claims);
  const each = Object.fromEntries(names.map((name) => [name, null]));
  const { info, back } = await released(asking({ userinfo: each, id_token: each }));
  assert.deepEqual(info, DIANA.claims);
  assert.deepEqual(back, DIANA.claims);
});

test("Authorization endpoint 10: essential claims that the person has not are left out, without a failure", async () => {
  const each = Object.fromEntries(["name", "email", "phone_number"].map((name) => [name, { essential: true }]));
  const { info } = await released(asking({ userinfo: each }), { username: "modest" });
  assert.deepEqual(info, { name: "Modest" });
});

test("Authorization endpoint 10: value and values release what agrees, and nothing that does not", async () => {
  const { name, email } = DIANA.claims;
  const { info } = await released(asking({ userinfo: { name: { value: name }, email: { values: ["x@example.com", email] } } }));
  assert.deepEqual(info, { name, email });
  const { info: different } = await released(asking({ userinfo: { name: { value: "Somebody Else" }, nickname: null } }));
  assert.deepEqual(different, { nickname: DIANA.claims.nickname });
});

for (const response_type of RESPONSE_TYPES) {
  test(`Authorization endpoint 10: a sub that is asked for is honoured, ${response_type}`, async () => {
    const { sub } = decode((await released({})).tokens.id_token).claims;
    for (const request of [{ value: sub }, { values: ["someone", sub] }, { value: sub, essential: true }]) {
      const done = await granted(op, client, { response_type, prompt: "none", ...asking({ id_token: { sub: request } }) }, { browser });
      if (yields(response_type).id_token) assert.equal(decode(done.answer.id_token).claims.sub, sub);
    }
  });

  test(`Authorization endpoint 10: another sub is login_required, ${response_type}`, async () => {
    const page = await open(op, client, { response_type, prompt: "none", ...asking({ id_token: { sub: { value: "someone" } } }) }, { browser });
    assertRefused(op, page, "login_required", { mode: modeOf(response_type) });
  });
}

test("Authorization endpoint 10: a sub out of several is login_required where the person is none of them", async () => {
  const page = await open(op, client, { prompt: "none", ...asking({ id_token: { sub: { values: ["someone", "another"] } } }) }, { browser });
  assertRefused(op, page, "login_required");
});

test("Authorization endpoint 10: a sign-in as another than the sub that is asked for is login_required", async () => {
  const page = await open(op, client, asking({ id_token: { sub: { value: "someone" } } }), { browser });
  assertRefused(op, await finish(page), "login_required");
});

test("Authorization endpoint 10: auth_time that is essential is in the ID token, and acr", async () => {
  const { tokens } = await released(asking({ id_token: { auth_time: { essential: true }, acr: null } }));
  const { auth_time, acr } = decode(tokens.id_token).claims;
  assert.ok(Number.isInteger(auth_time) && acr, `${auth_time} ${acr}`);
});

test("Authorization endpoint 10: unknown claims, members and languages are ignored", async () => {
  for (const claims of [{ userinfo: { unknown_claim: null } }, { elsewhere: { name: null } }, { id_token: { name: { unknown: 1 } } },
    { userinfo: { "name#sv": null } }, { userinfo: null }, { id_token: {} }, {}]) {
    assert.ok((await released(asking(claims))).info);
  }
  assert.deepEqual((await released(asking({ userinfo: { iss: null, client_secret: null, password: null, admin: null } }))).info, {});
});

test("Authorization endpoint 10: what is no claims request is invalid_request", async () => {
  const deep = "[".repeat(2000) + "]".repeat(2000);
  for (const claims of ["x", "[]", "1", "null", "{", `{"userinfo":1}`, `{"userinfo":[]}`, `{"id_token":{"name":1}}`, `{"id_token":{"name":{"values":1}}}`,
    `{"id_token":{"name":{"essential":"yes"}}}`, deep, `{"userinfo":${deep}}`]) {
    assertRefused(op, await open(op, client, { claims }, { browser }), "invalid_request", { mode: "query" });
  }
});

test("Authorization endpoint 10: what is released needs a consent that was given for it", async () => {
  const careful = await register(op);
  const done = await granted(op, careful, {}, { browser });
  assert.deepEqual(done.shown, ["consent"]);
  assertRefused(op, await open(op, careful, { prompt: "none", ...asking({ userinfo: { phone_number: null } }) }, { browser }), "consent_required");
  const asked = await granted(op, careful, asking({ userinfo: { phone_number: null } }), { browser });
  assert.deepEqual(asked.shown, ["consent"]);
});
