// What `npm run deploy` asks of wrangler, in which order and with what: an account cannot be had here, so wrangler is one that writes it down.
import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { removalDay } from "../../scripts/deploy/rotation.mjs";
import { ISSUER, deploy, deployAtTerminal, deployment, operatorToml, projectToml } from "./support/deployment.mjs";

const ACCOUNT = { id: "0123456789abcdef0123456789abcdef", name: "Diana's" };
const LOGGED_IN = { out: { loggedIn: true, email: "diana@treeline.test", accounts: [ACCOUNT] } };
const NO_WORKER = { code: 1, err: '\u001b[31m✘ [ERROR]\u001b[0m Worker "treeline" not found.\n\nIf this is a new Worker, run `wrangler deploy` first to create it.' };
const ALL = ["SEAL_KEY", "KEY_ENCRYPTION_KEY", "SUBJECT_SALT", "ADMIN_TOKEN", "REGISTRATION_TOKEN"];
const having = (...names) => ({ whoami: LOGGED_IN, "secret list": { out: names.map((name) => ({ name, type: "secret_text" })) } });
const FIRST = { whoami: LOGGED_IN, "secret list": NO_WORKER };
const OLD_KEY = "A".repeat(42) + "A";

// Nothing answers at the issuer, so every walk that comes to its end has that one finding.
const NOT_THERE = /WRONG +login\.treeline\.test (has no address in DNS|cannot be reached)/;
const commands = (calls) => calls.map(({ command }) => command);
const uploaded = (calls) => JSON.parse(calls.find(({ command }) => command === "secret bulk").input);
const kept = (file) => Object.fromEntries(readFileSync(file, "utf8").trim().split("\n").map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));

/** No value was to be seen in a command, in wrangler's environment or on the screen. */
function assertUnseen(values, { calls, text }) {
  for (const [name, value] of Object.entries(values)) {
    for (const { args, env, command } of calls) {
      assert.ok(!JSON.stringify([args, env]).includes(value), `${name} is in the call of ${command}`);
    }
    assert.ok(!text.includes(value), `${name} was printed`);
  }
}

const TERMINAL = { skip: process.platform !== "linux" && "needs the `script` of util-linux" };
const quick = ["--yes", "--wait", "0"];

test("a first deployment: account, secrets by the standard input, and then the Worker", async (t) => {
  const place = deployment(t);
  const file = place.path("secrets");
  const outcome = await deploy(place, [...quick, "--save-secrets", file], { answers: FIRST });
  assert.deepEqual(commands(outcome.calls), ["whoami", "secret list", "secret bulk", "deploy"]);
  assert.equal(outcome.code, 1);
  assert.match(outcome.out, NOT_THERE);
  const values = uploaded(outcome.calls);
  assert.deepEqual(Object.keys(values), ALL);
  for (const name of ["SEAL_KEY", "KEY_ENCRYPTION_KEY", "ADMIN_TOKEN", "REGISTRATION_TOKEN"]) assert.equal(Buffer.from(values[name], "base64url").length, 32, name);
  assert.match(values.SUBJECT_SALT, /^[0-9a-f]{32}$/);
  assert.equal(new Set(Object.values(values)).size, ALL.length);
  assertUnseen(values, outcome);
  assert.deepEqual(kept(file), values);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  for (const { args, command } of outcome.calls.slice(1)) assert.deepEqual(args.slice(-3), ["--config", place.file, "--env="], command);
  for (const { env } of outcome.calls.slice(1)) assert.deepEqual([env.CLOUDFLARE_ACCOUNT_ID, env.WRANGLER_SEND_METRICS], [ACCOUNT.id, "false"]);
});

test("a later deployment uploads no secret", async (t) => {
  const { calls, text } = await deploy(deployment(t), quick, { answers: having(...ALL) });
  assert.deepEqual(commands(calls), ["whoami", "secret list", "deploy"], text);
  assert.match(text, /none is missing/);
});

test("an environment is deployed as itself", async (t) => {
  const toml = `${operatorToml()}
[env.staging]
routes = []
[env.staging.vars]
ISSUER = "https://treeline-staging.diana.workers.dev"
[[env.staging.kv_namespaces]]
binding = "KV"
${operatorToml().match(/\[\[durable[^]*?(?=\[\[migrations)/)[0].replaceAll("[[durable", "[[env.staging.durable")}`;
  const { calls, text } = await deploy(deployment(t, toml), [...quick, "--env", "staging"], { answers: having(...ALL) });
  assert.deepEqual(commands(calls), ["whoami", "secret list", "deploy"], text);
  assert.ok(calls.slice(1).every(({ args }) => args.includes("--env=staging")));
});

test("an issuer is written into wrangler.toml, with the way to it, and the rest stays as it was", async (t) => {
  const place = deployment(t, projectToml());
  const { calls, text } = await deploy(place, [...quick, "--issuer", ISSUER], { answers: having(...ALL) });
  assert.ok(commands(calls).includes("deploy"), text);
  const lines = place.read().split("\n");
  const added = ["workers_dev = false", 'routes = [{ pattern = "login.treeline.test", custom_domain = true }]', `ISSUER = "${ISSUER}"`];
  assert.deepEqual(lines.filter((line) => !projectToml().split("\n").includes(line)), added);
  assert.deepEqual(projectToml().split("\n").filter((line) => !lines.includes(line)), ['ISSUER = "https://login.example.com"']);
});

test("open registration makes no initial access token", async (t) => {
  const place = deployment(t, operatorToml().replace(/^ISSUER/m, 'REGISTRATION = "open"\nISSUER'));
  const { calls } = await deploy(place, [...quick, "--save-secrets", place.path("secrets")], { answers: FIRST });
  assert.deepEqual(Object.keys(uploaded(calls)), ALL.slice(0, 4));
});

test("a salt of a provider that is taken over comes from the environment", async (t) => {
  const place = deployment(t);
  const outcome = await deploy(place, [...quick, "--save-secrets", place.path("secrets")], { answers: FIRST, env: { SUBJECT_SALT: "b'of old'" } });
  const { SUBJECT_SALT: salt, ...others } = uploaded(outcome.calls);
  assert.equal(salt, "b'of old'");
  assert.equal(Object.keys(others).length, ALL.length - 1);
  assertUnseen({ salt }, outcome);
});

for (const name of ["SUBJECT_SALT", "SEAL_KEY"]) {
  test(`a Worker that has secrets but no ${name} never gets a new one unasked`, async (t) => {
    const answers = having(...ALL.filter((other) => other !== name));
    const refused = await deploy(deployment(t), quick, { answers });
    assert.equal(refused.code, 1);
    assert.deepEqual(commands(refused.calls), ["whoami", "secret list"]);
    assert.match(refused.text, new RegExp(`no ${name}, and what it has stored hangs on`));
    const given = await deploy(deployment(t), quick, { answers, env: { [name]: OLD_KEY } });
    assert.deepEqual(uploaded(given.calls), { [name]: OLD_KEY });
    assertUnseen({ [name]: OLD_KEY }, given);
  });
}

test("what a Worker does without is not set behind its back", async (t) => {
  const { calls, out } = await deploy(deployment(t), quick, { answers: having("SEAL_KEY", "SUBJECT_SALT", "ADMIN_TOKEN") });
  assert.ok(!commands(calls).includes("secret bulk"));
  for (const name of ["KEY_ENCRYPTION_KEY", "REGISTRATION_TOKEN"]) assert.match(out, new RegExp(`${name} is not set.*--rotate ${name} sets one`));
});

// What stops the walk, before anything has been changed.
const STOPS = [
  ["nobody is logged in", { whoami: { code: 1, out: { loggedIn: false } } }, quick, /nobody is logged in: run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN/],
  ["there are several accounts", { whoami: { out: { loggedIn: true, accounts: [ACCOUNT, { id: "b", name: "Other" }] } } }, quick, /set CLOUDFLARE_ACCOUNT_ID to one of[^]*Diana's \(0123[^]*Other \(b\)/],
  ["nobody can be asked", having(...ALL), ["--wait", "0"], /nobody can be asked here: Deploy treeline as https:\/\/login.treeline.test\? .*--yes/],
  ["nobody would see the secrets", FIRST, quick, /nobody would ever know SEAL_KEY, .*REGISTRATION_TOKEN: .*--save-secrets FILE/],
  ["wrangler fails", { whoami: LOGGED_IN, "secret list": { code: 1, err: "A request to the Cloudflare API failed." } }, quick, /wrangler secret list ended with status 1:\n +A request to the Cloudflare API failed\./],
  ["a rotation has no Worker", FIRST, [...quick, "--rotate", "ADMIN_TOKEN"], /there is no such Worker yet/],
  ["a rotation is not over", having(...ALL, "SEAL_KEY_PREVIOUS"), [...quick, "--rotate", "SEAL_KEY"], /SEAL_KEY_PREVIOUS is still set/],
];
for (const [name, answers, args, says] of STOPS) {
  test(`where ${name}, that is said and nothing done`, async (t) => {
    const place = deployment(t);
    const save = args.includes("SEAL_KEY") || args.includes("ADMIN_TOKEN") ? ["--save-secrets", place.path("secrets")] : [];
    const { code, text, calls } = await deploy(place, [...args, ...save], { answers });
    assert.equal(code, 1, text);
    assert.match(text, says);
    assert.ok(!commands(calls).some((command) => ["secret bulk", "deploy"].includes(command)), commands(calls).join());
    assert.ok(!existsSync(place.path("secrets")));
    assert.doesNotMatch(text, /^\s+at .*\.mjs/m);
  });
}

test("a file that may hold the only copy of secrets is not written over", async (t) => {
  const place = deployment(t);
  writeFileSync(place.path("secrets"), "SUBJECT_SALT=old\n");
  const { code, text, calls } = await deploy(place, [...quick, "--save-secrets", place.path("secrets")], { answers: FIRST });
  assert.equal(code, 1);
  assert.match(text, /is there already/);
  assert.ok(!commands(calls).includes("secret bulk"));
  assert.equal(readFileSync(place.path("secrets"), "utf8"), "SUBJECT_SALT=old\n");
});

test("a KV namespace with an id has to be there", async (t) => {
  const toml = operatorToml().replace('binding = "KV"', 'binding = "KV"\nid = "a1"');
  const withNamespaces = (...list) => ({ ...having(...ALL), "kv namespace list": { out: list } });
  const found = await deploy(deployment(t, toml), quick, { answers: withNamespaces({ id: "a1", title: "treeline-kv" }) });
  assert.deepEqual(commands(found.calls), ["whoami", "kv namespace list", "secret list", "deploy"]);
  const lost = await deploy(deployment(t, toml), quick, { answers: withNamespaces({ id: "b2", title: "other" }) });
  assert.deepEqual(commands(lost.calls), ["whoami", "kv namespace list"]);
  assert.match(lost.text, /KV: this account has no namespace a1; take the id out .*other \(b2\)/);
});

test("where the upload fails nothing is deployed", async (t) => {
  const place = deployment(t);
  const answers = { ...FIRST, "secret bulk": { code: 1, err: "Secrets failed to upload" } };
  const { code, text, calls } = await deploy(place, [...quick, "--save-secrets", place.path("secrets")], { answers });
  assert.equal(code, 1);
  assert.match(text, /Secrets failed to upload[^]*whether it was is not known/);
  assert.ok(!commands(calls).includes("deploy"));
});

for (const [name, previous] of [["SEAL_KEY", true], ["KEY_ENCRYPTION_KEY", true], ["ADMIN_TOKEN", false], ["REGISTRATION_TOKEN", false]]) {
  test(`a rotation of ${name} uploads the new one${previous ? " and the old one beside it" : ""}, and deploys nothing`, async (t) => {
    const place = deployment(t);
    const args = [...quick, "--rotate", name, "--save-secrets", place.path("secrets")];
    const outcome = await deploy(place, args, { answers: having(...ALL), env: previous ? { [name]: OLD_KEY } : {} });
    assert.deepEqual(commands(outcome.calls), ["whoami", "secret list", "secret bulk"], outcome.text);
    const { [name]: fresh, ...rest } = uploaded(outcome.calls);
    assert.equal(Buffer.from(fresh, "base64url").length, 32);
    assert.notEqual(fresh, OLD_KEY);
    assert.deepEqual(rest, previous ? { SEAL_KEY_PREVIOUS: OLD_KEY } : {});
    assertUnseen({ fresh, ...(previous && { old: OLD_KEY }) }, outcome);
    assert.deepEqual(kept(place.path("secrets")), { [name]: fresh });
    if (previous) assert.match(outcome.out, /or later nothing is left that only it opens; then: npx wrangler secret delete SEAL_KEY_PREVIOUS/);
  });
}

test("a first key encryption key needs no old one", async (t) => {
  const place = deployment(t);
  const outcome = await deploy(place, [...quick, "--rotate", "KEY_ENCRYPTION_KEY", "--save-secrets", place.path("secrets")], { answers: having("SEAL_KEY", "SUBJECT_SALT", "ADMIN_TOKEN") });
  assert.deepEqual(Object.keys(uploaded(outcome.calls)), ["KEY_ENCRYPTION_KEY"]);
});

test("the old key of a rotation has to be there and in its form", async (t) => {
  for (const [env, says] of [[{}, /the present SEAL_KEY is needed/], [{ SEAL_KEY: "abc" }, /SEAL_KEY has to be 32 bytes in base64url \(43 characters\); what was given is not/]]) {
    const place = deployment(t);
    const { code, text, calls } = await deploy(place, [...quick, "--rotate", "SEAL_KEY", "--save-secrets", place.path("secrets")], { answers: having(...ALL), env });
    assert.equal(code, 1);
    assert.match(text, says);
    assert.ok(!commands(calls).includes("secret bulk"));
  }
});

test("the old key may go after 90 days, or when the longest that it has sealed has ended", () => {
  const day = Date.parse("2026-01-01T00:00:00Z");
  assert.equal(removalDay({}, day), "2026-04-02");
  assert.equal(removalDay({ REFRESH_TOKEN_LIFETIME: "31536000" }, day), "2027-01-02");
  assert.equal(removalDay({ CLIENT_LIFETIME: "0" }, day), undefined);
});

test("at a terminal: a question before anything is done, and the tokens once, at the end", TERMINAL, async (t) => {
  const typed = [["A new file to keep all secrets in", ""], ["Deploy treeline as", "y"]];
  const outcome = await deployAtTerminal(deployment(t), ["--wait", "0"], { answers: FIRST, typed });
  assert.deepEqual(commands(outcome.calls), ["whoami", "secret list", "secret bulk", "deploy"], outcome.text);
  const { ADMIN_TOKEN: admin, REGISTRATION_TOKEN: registration, ...hidden } = uploaded(outcome.calls);
  for (const token of [admin, registration]) assert.equal(outcome.out.split(token).length, 2);
  assert.ok(outcome.out.indexOf(admin) > outcome.out.search(NOT_THERE));
  assertUnseen(hidden, outcome);
});

test("at a terminal: who says no has changed nothing", TERMINAL, async (t) => {
  const place = deployment(t, projectToml());
  const { code, calls, text } = await deployAtTerminal(place, ["--issuer", ISSUER, "--wait", "0"], { answers: having(...ALL), typed: [["Deploy treeline as", "n"]] });
  assert.equal(code, 1);
  assert.match(text, /nothing was done/);
  assert.deepEqual(commands(calls), ["whoami", "secret list"]);
  assert.equal(place.read(), projectToml());
});

test("at a terminal: a missing domain is written where the operator agrees", TERMINAL, async (t) => {
  const place = deployment(t, projectToml().replace("https://login.example.com", ISSUER));
  const typed = [["Write workers_dev = false and routes", "y"], ["Deploy treeline as", "y"]];
  const { calls, text } = await deployAtTerminal(place, ["--wait", "0"], { answers: having(...ALL), typed });
  assert.ok(commands(calls).includes("deploy"), text);
  assert.match(place.read(), /^routes = \[\{ pattern = "login.treeline.test", custom_domain = true \}\]$/m);
});

test("at a terminal: the old key is asked for and not shown", TERMINAL, async (t) => {
  const typed = [["A new file to keep all secrets in", ""], ["Give treeline a new SEAL_KEY?", "y"], ["the present SEAL_KEY (it is not shown):", OLD_KEY]];
  const outcome = await deployAtTerminal(deployment(t), ["--rotate", "SEAL_KEY", "--wait", "0"], { answers: having(...ALL), typed });
  assert.equal(uploaded(outcome.calls).SEAL_KEY_PREVIOUS, OLD_KEY, outcome.text);
  assertUnseen(uploaded(outcome.calls), outcome);
});
