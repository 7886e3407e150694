// A provider with a variable that makes no sense answers 500 to everything, and its log says which variable it is and what is allowed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RANGES } from "../../scripts/deploy/variables.mjs";
import { startProvider } from "./harness/provider.mjs";
import { parts, rows, textOf } from "./support/docs.mjs";
import { logged } from "./support/process.mjs";

const PROVIDERS_AT_ONCE = 4;
const SHORT = "x".repeat(31);
const NO_KEY = ["", "c2hvcnQ", "A".repeat(42), "+/".repeat(21) + "A"];
const KEY = /has to be 32 random bytes in base64url/;

/** What is wrong for each variable, and what the log says is right. */
const WRONG = {
  ISSUER: [
    [["http://login.example.com"], /has to be https, or http on loopback/],
    [["https://login.example.com/", "https://login.example.com/op", "https://Login.example.com"], /has to be an origin such as https:\/\/login.example.com, without a path or a final slash/],
  ],
  SEAL_KEY: [[NO_KEY.slice(1), KEY], [[""], /is not set/]],
  SEAL_KEY_PREVIOUS: [[NO_KEY, KEY]],
  KEY_ENCRYPTION_KEY: [[NO_KEY, KEY]],
  SUBJECT_SALT: [[[""], /is not set/]],
  ADMIN_TOKEN: [[[SHORT], /has to be at least 32 characters long/], [[""], /is not set/]],
  REGISTRATION_TOKEN: [[["", SHORT], /has to be at least 32 characters long/]],
  REGISTRATION: [[["", "closed", "Open"], /has to be open or token/]],
  SIGN_UP: [[["", "yes", "Open"], /has to be open or closed/]],
  DENY_UNKNOWN_SCOPES: [[["", "1", "True"], /has to be true or false/]],
  LOG: [[["", "none", "All"], /has to be requests, all, errors or off/]],
  TOKEN_USAGE_RULES: [[["", "[]", "{", '{"access_token":{"expires_in":0}}', '{"authorization_code":{"max_usage":2}}'], /has to be a JSON object of usage rules that tokens can keep to/]],
  SCOPES: [[["", "[]", '{"a b":[]}', '{"research":"name"}'], /has to be a JSON object of scopes with lists of claims/]],
  OIDCOP_KEYS: [[["", "{}", "[]", '{"refresh_token":"BYTES:short"}', '{"other":"x"}'], /has to be \{\\?"refresh_token\\?": .* 32 bytes in base64/]],
  ...Object.fromEntries(Object.entries(RANGES).map(([name, [least, most]]) => [name, [[["", "1h", String(least - 1), String(most + 1), `${"9".repeat(20)}`], new RegExp(`has to be a number from ${least} to ${most}`)]]])),
};

/** The provider's faults, as its log has them. */
const faults = (op) => op.log().split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line).fault);

async function assertRefused(name, value, allowed, others = {}) {
  const op = await startProvider({ vars: { ...others, [name]: value }, plain: true });
  try {
    for (const path of ["/.well-known/openid-configuration", "/health", "/authorization", "/admin/keys"]) {
      const answer = await op.request(path);
      assert.equal(answer.status, 500, `${name}=${value}: ${path}`);
      assert.equal(answer.text, "The provider is not configured; the log says what is missing.\n");
    }
    const said = (fault) => fault.startsWith(`configuration: ${name}`) && allowed.test(fault);
    assert.ok(await logged(op, () => faults(op).some(said)), `${name}=${value}: ${op.log()}`);
    if (value.length > 3) assert.ok(!op.log().includes(value), `${name}: the log has the value`);
  } finally {
    await op.stop();
  }
}

for (const [name, kinds] of Object.entries(WRONG)) {
  test(`${name}: refused by its name, with what is allowed`, async () => {
    const wrong = kinds.flatMap(([values, allowed]) => values.map((value) => [value, allowed]));
    while (wrong.length) await Promise.all(wrong.splice(0, PROVIDERS_AT_ONCE).map(([value, allowed]) => assertRefused(name, value, allowed)));
  });
}

test("what is wrong is logged where the log is off", () => assertRefused("SUBJECT_SALT", "", /is not set/, { LOG: "off" }));

test("the examples of the pages are taken", async () => {
  const [, scopes] = textOf("docs/setup/configuration.md").match(/^\| `SCOPES` .*`(\{.*\})`/m);
  const rules = parts("docs/topics/sessions.md").find(({ kind, text }) => kind === "block" && text.startsWith('{"authorization_code"')).text;
  const op = await startProvider({ vars: { SCOPES: scopes, TOKEN_USAGE_RULES: rules }, plain: true });
  try {
    const answer = await op.request("/.well-known/openid-configuration");
    assert.equal(answer.status, 200, op.log());
    assert.ok(answer.json().scopes_supported.includes(Object.keys(JSON.parse(scopes))[0]));
  } finally {
    await op.stop();
  }
});

test("every variable has been tried", () => {
  const described = rows("docs/setup/configuration.md").filter(([, cells]) => cells.length === 3).flatMap(([names]) => names);
  assert.deepEqual(Object.keys(WRONG).sort(), described.sort());
});
