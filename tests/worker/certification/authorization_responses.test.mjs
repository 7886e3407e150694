// What the client is told: by which mode, with which members, byte for byte.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { createUser, startProvider } from "../harness/provider.mjs";
import { claimsAt, tokensOf } from "../support/back_channel.mjs";
import { EVERY_FLOW, MODES, RESPONSE_TYPES, answerOf, assertRefused, granted, inFront, modeOf, open, visit, yields } from "../support/front_channel.mjs";
import { decode } from "../support/jwt.mjs";
import { DIANA, register } from "../support/relying_party.mjs";

// 128 characters that end in the marks that no URL has to escape.
const MARKED = "A".repeat(124) + "-._~";

let op, client, browser;

before(async () => {
  op = await startProvider({ vars: { REGISTRATION_LIMIT: 1000 } });
  await createUser(op, "diana", DIANA);
  client = await register(op, EVERY_FLOW);
  ({ browser } = await granted(op, client));
});
after(() => op?.stop());

const allowed = (type, mode) => mode !== "query" || !inFront(type);
const nonceOf = (token) => decode(token).claims.nonce;

/** The members of a successful response of that type. */
const MEMBERS = (type) => {
  const { code, id_token, token } = yields(type);
  return [...(code ? ["code"] : []), ...(id_token ? ["id_token"] : []), ...(token ? ["access_token", "token_type", "expires_in", "scope"] : []), "session_state", "state", "iss"];
};

for (const response_type of RESPONSE_TYPES) {
  for (const response_mode of MODES.filter((mode) => allowed(response_type, mode))) {
    test(`Authorization endpoint 2: state and nonce come back byte for byte, ${response_type} by ${response_mode}`, async () => {
      for (const text of [MARKED, "x", "å∫ç é", "<script>alert(1)</script>&\"'", "a\r\nb", "%20+%2B", "&amp;&#39;", "a&state=b", " lead and trail "]) {
        const done = await granted(op, client, { response_type, response_mode, state: text, nonce: text }, { browser });
        assert.equal(done.mode, response_mode);
        assert.equal(done.answer.state, response_mode === "form_post" ? text.replace(/\r?\n/g, "\r\n") : text);
        const id_token = done.answer.id_token ?? (done.code && (await tokensOf(op, client, done)).id_token);
        if (id_token) assert.equal(nonceOf(id_token), text);
      }
    });

    test(`Authorization endpoint 2: exactly the members that belong there, ${response_type} by ${response_mode}`, async () => {
      const { answer } = await granted(op, client, { response_type, response_mode }, { browser });
      const { scope, ...rest } = answer;
      assert.deepEqual(Object.keys(rest).sort(), MEMBERS(response_type).filter((name) => name !== "scope").sort());
      assert.equal(answer.iss, op.issuer);
      const silent = await granted(op, client, { response_type, response_mode, state: undefined }, { browser });
      assert.ok(!("state" in silent.answer));
    });

    test(`Authorization endpoint 2: an error has its members and no others, ${response_type} by ${response_mode}`, async () => {
      for (const changes of [{ prompt: "none login" }, { max_age: "-1" }, { state: undefined, prompt: "none login" }, { state: MARKED, max_age: "\u0001\"\\" }]) {
        const page = await open(op, client, { response_type, response_mode, ...changes }, { browser });
        assertRefused(op, page, "invalid_request", { mode: response_mode });
      }
      assertRefused(op, await open(op, client, { response_type, response_mode, prompt: "none" }), "login_required", { mode: response_mode });
      const denied = await visit(op, client, { response_type, response_mode, prompt: "consent" }, { browser, decision: "deny" });
      assertRefused(op, denied, "access_denied", { mode: response_mode });
    });
  }

  test(`Authorization endpoint 3: ${response_type} answers in the ${modeOf(response_type)}, errors too`, async () => {
    const { mode, page } = await granted(op, client, { response_type }, { browser });
    assert.equal(mode, modeOf(response_type));
    if (mode === "fragment") assert.ok(!page.location.includes("?"), "something stands in the query");
    else assert.ok(!page.location.includes("#"), "something stands in the fragment");
    for (const changes of [{ prompt: "none login" }, { max_age: "x" }]) {
      assertRefused(op, await open(op, client, { response_type, ...changes }, { browser }), "invalid_request", { mode });
    }
    assertRefused(op, await open(op, client, { response_type, prompt: "none" }), "login_required", { mode });
  });

  if (inFront(response_type)) {
    test(`Authorization endpoint 3: ${response_type} is never put into the query`, async () => {
      const page = await open(op, client, { response_type, response_mode: "query" }, { browser });
      assertRefused(op, page, "invalid_request");
      for (const name of ["code", "id_token", "access_token"]) assert.ok(!page.location.includes(`${name}=`), page.location);
    });
  }

  if (yields(response_type).token) {
    test(`Authorization endpoint 3: the access token of ${response_type} comes with token_type and expires_in, and works`, async () => {
      for (const response_mode of ["fragment", "form_post"]) {
        const { answer } = await granted(op, client, { response_type, response_mode }, { browser });
        assert.equal(answer.token_type, "Bearer");
        assert.match(answer.expires_in, /^[1-9]\d*$/);
        assert.ok((await claimsAt(op, answer.access_token)).sub);
      }
    });
  }

  test(`Authorization endpoint 3: an unknown response_mode is invalid_request, with ${response_type}`, async () => {
    for (const response_mode of ["foo", "QUERY", "query fragment"]) {
      assertRefused(op, await open(op, client, { response_type, response_mode }, { browser }), "invalid_request", { mode: modeOf(response_type) });
    }
    const empty = await granted(op, client, { response_type, response_mode: "" }, { browser });
    assert.equal(empty.mode, modeOf(response_type));
  });

  test(`Authorization endpoint 4: ${response_type} by form_post, where scripts are off and where they are on`, async () => {
    for (const changes of [{}, { prompt: "none login" }]) {
      const page = await open(op, client, { response_type, response_mode: "form_post", ...changes }, { browser });
      assertPosts(page);
      assert.equal(Boolean(answerOf(page).answer.error), Boolean(changes.prompt));
    }
  });
}

/** A page with one form that posts to the client, by a button or by itself. */
function assertPosts({ status, headers, location, root, text }) {
  assert.deepEqual([status, location], [200, undefined]);
  assert.match(headers["content-type"], /^text\/html\b/);
  assert.match(headers["cache-control"], /no-store/);
  const forms = root.querySelectorAll("form");
  assert.equal(forms.length, 1);
  assert.equal(forms[0].getAttribute("method").toLowerCase(), "post");
  assert.equal(forms[0].getAttribute("enctype") ?? "application/x-www-form-urlencoded", "application/x-www-form-urlencoded");
  assert.equal(forms[0].getAttribute("target"), undefined);
  const buttons = root.querySelectorAll("button, input[type=submit]");
  assert.ok(buttons.some((button) => button.closest("form") === forms[0]), "no button");
  for (const button of buttons) assert.ok(!button.getAttribute("name"), "the button is posted along");

  const policy = Object.fromEntries(headers["content-security-policy"].split(";").map((directive) => {
    const [name, ...values] = directive.trim().split(/\s+/);
    return [name, values];
  }));
  const there = ["*", "https:", "https://rp.example", forms[0].getAttribute("action")];
  const formAction = policy["form-action"] ?? there;
  assert.ok(formAction.some((source) => there.includes(source)), `the form may not go there: ${formAction}`);
  const script = root.querySelector("script") ?? assert.fail(`no script: ${text}`);
  assert.match(script.rawText, /submit/);
  const hash = `'sha256-${createHash("sha256").update(script.rawText).digest("base64")}'`;
  const sources = policy["script-src"] ?? policy["default-src"];
  assert.ok(sources.includes(hash) || sources.includes(`'nonce-${script.getAttribute("nonce")}'`), `the script may not run: ${sources}`);
  assert.equal(root.querySelectorAll("script").length, 1);
  assert.doesNotMatch(text, /\son\w+=/i);
}

test("Authorization endpoint 4: what is posted is escaped", async () => {
  const state = `"><script>alert(1)</script><input name="x`;
  const page = await open(op, client, { response_mode: "form_post", state }, { browser });
  assertPosts(page);
  assert.equal(answerOf(page).answer.state, state);
});

test("Authorization endpoint 4: a registered query is kept where the form goes", async () => {
  const redirect_uri = "https://rp.example/queried?foo=bar&baz=1";
  const other = await register(op, { ...EVERY_FLOW, redirect_uris: [redirect_uri] });
  const done = await granted(op, other, { response_mode: "form_post" }, { browser });
  assert.equal(done.mode, "form_post");
  await tokensOf(op, other, done);
});
