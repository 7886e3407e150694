// Parameters that are huge, doubled or no text: an error each time, and never a fault of the provider. An empty one counts as omitted.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createUser, startProvider } from "../harness/provider.mjs";
import { EVERY_FLOW, granted, requestOf } from "../support/front_channel.mjs";
import { rawRequest } from "../support/raw.mjs";
import { DIANA, credentials, register } from "../support/relying_party.mjs";

const FORM = { "content-type": "application/x-www-form-urlencoded" };
const OWN_FORM = { ...FORM, "sec-fetch-site": "same-origin" };
const SIZES = [1, 16, 100];
const AUTHORIZATION = ["client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce", "prompt", "max_age", "display", "ui_locales",
  "claims_locales", "id_token_hint", "login_hint", "acr_values", "claims", "request", "request_uri", "registration", "code_challenge", "code_challenge_method"];
const TOKEN = ["grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "scope", "client_id", "client_secret", "client_assertion",
  "client_assertion_type"];
const LOCAL = ["client_id", "redirect_uri"];

// What no decoder may let through: lone and overlong bytes, half an escape, and an escape of something else.
const NOT_TEXT = { "a lone byte": "%ff", "half a character": "a%c3", "an overlong slash": "%c0%af", "a surrogate": "%ed%a0%80" };
const BROKEN = { "half an escape": "%", "a short escape": "%4", "an escape of letters": "%zz" };
const RAW = { "a raw byte": Buffer.from([0xff]), "a raw overlong": Buffer.from([0xc0, 0x80]) };

let op, client, cookie;

before(async () => {
  op = await startProvider({ vars: { REGISTRATION_LIMIT: 1000 } });
  await createUser(op, "diana", DIANA);
  client = await register(op, EVERY_FLOW);
  const { browser } = await granted(op, client);
  cookie = browser.cookies.for(new URL(op.issuer)).map(({ name, value }) => `${name}=${value}`).join("; ");
});
after(() => op?.stop());

const pairsOf = (changes) => requestOf(client, changes).pairs;
const encoded = (pairs) => new URLSearchParams(pairs).toString();
const query = (name, value) => `${encoded(pairsOf({ [name]: undefined }))}&${name}=${value}`;

/** Both ways of asking, as somebody who is signed in and as somebody who is not. */
async function* asked(text) {
  for (const own of [{}, { cookie }]) {
    yield ["GET", await rawRequest(op, `/authorization?${text}`, { headers: own })];
    yield ["POST", await rawRequest(op, "/authorization", { method: "POST", body: text, headers: { ...OWN_FORM, ...own } })];
  }
}

/** An error: a page of 4xx, whose status it gives, or a redirect to the client that names one, which it gives. */
function assertError(answer, about) {
  const { status, location } = answer;
  if (status >= 400) {
    assert.ok(status < 500 && !location, `${about}: ${status}`);
    return status;
  }
  assert.equal(status, 303, `${about}: ${status}`);
  assert.ok(location.startsWith("https://rp.example/callback"), `${about}: ${location}`);
  const { searchParams } = new URL(location.replace("#", "?"));
  assert.ok(searchParams.get("error") && !searchParams.get("code"), `${about}: ${location}`);
  return searchParams.get("error");
}

describe("authorization", () => {
  for (const name of AUTHORIZATION) {
    test(`Bad input: ${name} of 1, 16 and 100 KB is answered`, async () => {
      for (const size of SIZES) {
        for (const letter of ["a", "[", "%20", "."]) {
          for await (const [method, { status }] of asked(query(name, letter.repeat(Math.ceil((size * 1024) / letter.length))))) {
            // A value of more than 8 KB is refused, but for those that are whole JWTs; so is a request of more than 64.
            const decoded = letter === "%20" ? size / 3 : size;
            const tooLong = size === 100 || (decoded > 8 && !["request", "id_token_hint"].includes(name));
            const allowed = tooLong ? [400, 413, 414] : [200, 303, 400];
            assert.ok(allowed.includes(status), `${method} ${size} KB of "${letter}": ${status}`);
          }
        }
      }
    });

    test(`Bad input: ${name} twice is ${LOCAL.includes(name) ? "a page" : "invalid_request"}`, async () => {
      const [[, value] = [name, "x"]] = pairsOf({}).filter(([one]) => one === name);
      for (const [first, second] of [[value, value], [value, "another"], ["x", "y"]]) {
        const text = encoded([...pairsOf({ [name]: undefined }), [name, first], [name, second]]);
        for await (const [method, answer] of asked(text)) {
          const error = assertError(answer, `${method} ${text}`);
          // What is not supported once is not supported twice.
          const expected = name === "registration" ? error : "invalid_request";
          assert.equal(error, LOCAL.includes(name) ? 400 : expected, text);
        }
      }
    });

    test(`Bad input: ${name} in the query and in the body is an error`, async () => {
      const [[, value] = [name, "x"]] = pairsOf({}).filter(([one]) => one === name);
      const body = encoded(pairsOf({ [name]: value }));
      assertError(await rawRequest(op, `/authorization?${encoded([[name, value]])}`, { method: "POST", body, headers: OWN_FORM }), name);
    });

    test(`Bad input: ${name} that is no text is an error`, async () => {
      for (const [about, value] of Object.entries(NOT_TEXT)) {
        for await (const [method, answer] of asked(query(name, value))) assertError(answer, `${method} ${about}`);
      }
      for (const [about, value] of Object.entries(BROKEN)) {
        for await (const [method, { status }] of asked(query(name, value))) assert.ok([200, 303, 400].includes(status), `${method} ${about}: ${status}`);
      }
      for (const [about, bytes] of Object.entries(RAW)) {
        const body = Buffer.concat([Buffer.from(query(name, "")), bytes]);
        for (const own of [{}, { cookie }]) {
          assertError(await rawRequest(op, "/authorization", { method: "POST", body, headers: { ...OWN_FORM, ...own } }), about);
        }
      }
    });
  }

  test("Bad input: a body of another type, of no type and of none at all is an error", async () => {
    for (const headers of [{}, { "content-type": "text/plain" }, { "content-type": "application/json" }, { "content-type": "multipart/form-data; boundary=x" }]) {
      for (const body of [encoded(pairsOf({})), "{}", ""]) {
        const { status } = await rawRequest(op, "/authorization", { method: "POST", body, headers });
        assert.ok(status >= 400 && status < 500, `${status}`);
      }
    }
  });
});

describe("token", () => {
  const grants = () => ({
    authorization_code: { grant_type: "authorization_code", code: "x", redirect_uri: "https://rp.example/callback" },
    refresh_token: { grant_type: "refresh_token", refresh_token: "x" },
  });
  const send = (body, headers = credentials(client).headers) => op.request("/token", { method: "POST", body, headers: { ...FORM, ...headers } });
  const assertRefused = ({ status, text, headers }, about) => {
    assert.ok([400, 401, 413].includes(status), `${about}: ${status} ${text}`);
    assert.equal(typeof JSON.parse(text).error, "string");
    assert.match(headers["cache-control"], /no-store/);
  };
  const bodies = function* (name, value) {
    for (const [grant, fields] of Object.entries(grants())) {
      const { [name]: own, ...others } = fields;
      yield [grant, Buffer.concat([Buffer.from(`${encoded(Object.entries(others))}&${name}=`), Buffer.from(value)]), own ?? "x"];
    }
  };

  for (const name of TOKEN) {
    test(`Bad input: ${name} of 1, 16 and 100 KB at the token endpoint is an error`, async () => {
      for (const size of SIZES) {
        for (const letter of ["a", ".", "%20"]) {
          for (const [grant, body] of bodies(name, letter.repeat(Math.ceil((size * 1024) / letter.length)))) {
            for (const headers of [undefined, {}]) assertRefused(await send(body, headers), `${grant} ${size} KB`);
          }
        }
      }
    });

    test(`Bad input: ${name} twice at the token endpoint is invalid_request`, async () => {
      for (const [grant, body, own] of bodies(name, "x")) {
        for (const more of [`&${name}=x`, `&${name}=${encodeURIComponent(own)}`]) {
          const answer = await send(Buffer.concat([body, Buffer.from(more)]));
          assertRefused(answer, grant);
          assert.deepEqual([answer.status, answer.json().error], [400, "invalid_request"], `${grant} ${more}`);
        }
      }
    });

    test(`Bad input: ${name} that is no text at the token endpoint is invalid_request`, async () => {
      for (const [about, value] of Object.entries({ ...NOT_TEXT, ...RAW })) {
        for (const [grant, body] of bodies(name, value)) {
          const answer = await send(body);
          assertRefused(answer, `${grant} ${about}`);
          assert.deepEqual([answer.status, answer.json().error], [400, "invalid_request"], `${grant} ${about}`);
        }
      }
      for (const [about, value] of Object.entries(BROKEN)) {
        for (const [grant, body] of bodies(name, value)) assertRefused(await send(body), `${grant} ${about}`);
      }
    });
  }
});
