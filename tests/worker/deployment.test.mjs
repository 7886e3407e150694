// `npm run deploy -- --dry-run`: what an operator is told before there is an account.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "smol-toml";
import { OBJECTS } from "../../scripts/deploy/bindings.mjs";
import { root } from "./harness/config.mjs";
import { ISSUER, deploy, deployment, operatorToml, projectToml } from "./support/deployment.mjs";

const STEPS = ["configuration", "account", "KV namespace", "secrets", "deployment", "self-check"];

/** The first word or two of each line that begins a step. */
const stepsIn = (out) => out.split("\n").map((line) => STEPS.find((name) => line.startsWith(`${name} `))).filter(Boolean);
const secretLike = /[\w-]{32,}/;

test("a dry run says every step in its order, and does nothing", async (t) => {
  const place = deployment(t);
  const before = place.read();
  const { code, out, text } = await deploy(place, ["--dry-run"], { npm: true });
  assert.equal(code, 0, text);
  assert.deepEqual(stepsIn(out), STEPS);
  assert.match(out, /its dry run passes: [\d.]+ KiB/);
  assert.doesNotMatch(text.replaceAll("_", " "), secretLike);
  assert.equal(place.read(), before);
});

test("a dry run of an issuer says what would be written, and writes nothing", async (t) => {
  const place = deployment(t, projectToml());
  const { code, out, text } = await deploy(place, ["--dry-run", "--issuer", ISSUER]);
  assert.equal(code, 0, text);
  assert.match(out, new RegExp(`would be written .*ISSUER = "${ISSUER}".*pattern = "login.treeline.test", custom_domain = true`));
  assert.equal(place.read(), projectToml());
});

test("a dry run of a rotation deploys nothing", async (t) => {
  const { code, out, text } = await deploy(deployment(t), ["--dry-run", "--rotate", "SEAL_KEY"]);
  assert.equal(code, 0, text);
  assert.deepEqual(stepsIn(out), ["configuration", "account", "secrets", "self-check"]);
});

const issuer = (value) => operatorToml().replace(`"${ISSUER}"`, value);
const variable = (line) => operatorToml().replace(/^ISSUER/m, `${line}\nISSUER`);
const staging = (...tables) => `${operatorToml()}\n[env.staging]\n${tables.join("\n\n")}\n`;
const VARS = `[env.staging.vars]\nISSUER = "https://treeline-staging.diana.workers.dev"`;
const KV = '[[env.staging.kv_namespaces]]\nbinding = "KV"';
const objects = (entries) => entries.map(([name, className]) => `[[env.staging.durable_objects.bindings]]\nname = "${name}"\nclass_name = "${className}"`);
const [users, ...others] = Object.entries(OBJECTS);

// What is wrong, the configuration that is so, and what the operator reads: the name and what is allowed.
const WRONG = [
  ["the example's issuer", projectToml(), /^ISSUER is "https:\/\/login.example.com", which is the example/m],
  ["no issuer", operatorToml().replace(/^ISSUER.*$/m, ""), /^ISSUER is missing; it has to be an https origin/m],
  ["an http issuer", issuer('"http://login.treeline.test"'), /^ISSUER is "http:.*it has to be an https origin/m],
  ["an issuer with a path", issuer('"https://login.treeline.test/op"'), /^ISSUER is .*no path, no final slash/m],
  ["an issuer with a slash", issuer('"https://login.treeline.test/"'), /^ISSUER is .*no path, no final slash/m],
  ["an issuer in capitals", issuer('"https://Login.treeline.test"'), /^ISSUER is .*an https origin/m],
  ["an issuer that is no URL", issuer('"login.treeline.test"'), /^ISSUER is .*an https origin/m],
  ["an issuer with a port", issuer('"https://login.treeline.test:8443"'), /^ISSUER names the port 8443; .*https:\/\/login.treeline.test$/m],
  ["workers.dev of another name", issuer('"https://other.diana.workers.dev"'), /^ISSUER is on workers.dev by another name; it has to be https:\/\/treeline.ACCOUNT.workers.dev/m],
  ["workers.dev switched off", issuer('"https://treeline.diana.workers.dev"'), /^workers_dev has to be true/m],
  ["no route", operatorToml().replace(/^routes.*$/m, ""), /^routes: none leads login.treeline.test to the Worker; .*custom_domain = true[^]*^what to write at the top.*custom_domain = true/m],
  ["a route for another host", operatorToml().replace("login.treeline.test", "other.treeline.test"), /^routes: none leads login.treeline.test/m],
  ["a route for one path", operatorToml().replace(/^routes.*$/m, 'routes = ["login.treeline.test/op/*"]'), /^routes: none leads login.treeline.test/m],
  ["a lifetime out of range", variable('CODE_LIFETIME = "601"'), /^CODE_LIFETIME is "601"; it has to be a number from 1 to 600$/m],
  ["a lifetime in words", variable('LOGIN_LIFETIME = "1h"'), /^LOGIN_LIFETIME is "1h"; it has to be a number from 1 to 31536000$/m],
  ["a lifetime without quotes", variable("CODE_LIFETIME = 60"), /^CODE_LIFETIME is not text; it has to be a number from 1 to 600, in quotes$/m],
  ["a lifetime of keys", variable('KEY_LIFETIME = "60"'), /^KEY_LIFETIME is "60"; it has to be a number from 3600 to 315360000, or 0$/m],
  ["an unknown way to register", variable('REGISTRATION = "closed"'), /^REGISTRATION is "closed"; it has to be open or token$/m],
  ["an unknown log", variable('LOG = "some"'), /^LOG is "some"; it has to be requests, all, errors or off$/m],
  ["a trail kept for too long", variable('AUDIT_LIFETIME = "315360001"'), /^AUDIT_LIFETIME is "315360001"; it has to be a number from 0 to 315360000$/m],
  ["scopes that are no object", variable('SCOPES = "[]"'), /^SCOPES is .*a JSON object$/m],
  ["a secret among the variables", variable('SUBJECT_SALT = "pepper"'), /^SUBJECT_SALT is a secret/m],
  ["an old runtime", operatorToml().replace(/^compatibility_date.*$/m, 'compatibility_date = "2024-01-01"'), /^compatibility_date is "2024-01-01"; it has to be a date in quotes from 2026-10-01 to /m],
  ["a runtime of the future", operatorToml().replace(/^compatibility_date.*$/m, 'compatibility_date = "2999-01-01"'), /^compatibility_date is "2999-01-01"/m],
  ["a missing flag", operatorToml().replace(/^compatibility_flags.*$/m, ""), /^compatibility_flags lacks "global_fetch_strictly_public"/m],
  ["a missing binding", operatorToml().replace('name = "PENDING"', 'name = "PENDINGS"'), /^PENDING is missing; .*\[\[durable_objects.bindings\]\].*class_name = "Pending"$/m],
  ["a class that nothing makes", operatorToml().replace(', "KeyRing"]', "]"), /^migrations: nothing makes KeyRing/m],
  ["what is no TOML", `${operatorToml()}\n[[[`, /is not TOML/],
];
for (const [name, toml, says] of WRONG) {
  test(`${name}: refused by its name, with what is allowed`, async (t) => {
    const place = deployment(t, toml);
    const { code, text, calls } = await deploy(place, ["--dry-run"], { answers: {} });
    assert.equal(code, 1, text);
    assert.match(text, says);
    assert.doesNotMatch(text, /^\s+at .*\.mjs/m);
    assert.doesNotMatch(text, /pepper/);
    assert.deepEqual([calls, place.read()], [[], toml]);
  });
}

const WRONG_STAGING = [
  ["no namespace", staging("routes = []", VARS, ...objects([users, ...others])), /^KV is missing; there has to be \[\[env.staging.kv_namespaces\]\]/m],
  ["an object lacking", staging("routes = []", VARS, KV, ...objects(others)), /^USERS is missing; there has to be \[\[env.staging.durable_objects.bindings\]\]/m],
  ["no variables", staging("routes = []", KV, ...objects([users, ...others])), /^ISSUER is missing/m],
  ["production's routes", staging("workers_dev = true", VARS, KV, ...objects([users, ...others])), /^routes: \[env.staging\] inherits "login.treeline.test" and would take it from production/m],
  ["production's namespace", staging("routes = []", VARS, `${KV}\nid = "a1"`, ...objects([users, ...others])).replace('binding = "KV"', 'binding = "KV"\nid = "a1"'), /^KV has the id of production/m],
  ["production's name on workers.dev", staging("routes = []", VARS.replace("treeline-staging", "treeline"), KV, ...objects([users, ...others])), /^ISSUER is .* by another name; it has to be https:\/\/treeline-staging\./m],
];
for (const [name, toml, says] of WRONG_STAGING) {
  test(`staging with ${name}: refused by its name`, async (t) => {
    const { code, text } = await deploy(deployment(t, toml), ["--dry-run", "--env", "staging"], { answers: {} });
    assert.equal(code, 1, text);
    assert.match(text, says);
  });
}

test("all that is wrong is said at once", async (t) => {
  const toml = variable('CODE_LIFETIME = "0"').replace(/^routes.*$/m, "").replace('binding = "KV"', 'binding = "STORE"');
  const { code, err } = await deploy(deployment(t, toml), ["--dry-run"], { answers: {} });
  assert.equal(code, 1);
  for (const name of ["CODE_LIFETIME", "routes:", "KV is missing"]) assert.ok(err.includes(name), `${name} is not in:\n${err}`);
});

const WRONG_OPTIONS = [
  [["--dryrun"], /Unknown option '--dryrun'[^]*npm run deploy -- \[options\]/],
  [["--rotate", "SUBJECT_SALT"], /SUBJECT_SALT never changes/],
  [["--rotate", "KV"], /--rotate is KV; it has to be one of SEAL_KEY, /],
  [["--env", "staging", "--dry-run"], /--env is staging, but .* has no \[env.staging\]; there is production/],
  [["--check-only", "--rotate", "SEAL_KEY"], /--check-only stands without/],
  [["--wait", "soon"], /--wait is soon; it has to be a number/],
  [["--issuer", "https://login.treeline.test/", "--dry-run"], /--issuer is .*no final slash/],
];
for (const [args, says] of WRONG_OPTIONS) {
  test(`${args.join(" ")}: refused`, async (t) => {
    const { code, text } = await deploy(deployment(t), args, { answers: {} });
    assert.equal(code, 1, text);
    assert.match(text, says);
    assert.doesNotMatch(text, /^\s+at .*\.mjs/m);
  });
}

test("routes of a zone, in all the ways that they are written, lead to the Worker as a custom domain does", async (t) => {
  const host = "login.treeline.test";
  for (const route of [`"${host}/*"`, `"https://${host}/*"`, '"*.treeline.test/*"', `{ pattern = "${host}/*", zone_name = "treeline.test" }`]) {
    const toml = operatorToml().replace(/^routes.*$/m, `routes = [${route}]`);
    const { code, text } = await deploy(deployment(t, toml), ["--dry-run"], { answers: {} });
    assert.equal(code, 0, `${route}: ${text}`);
  }
});

test("the bindings that are asked for are those of the project", () => {
  const { durable_objects: objects, kv_namespaces: namespaces } = parse(readFileSync(join(root, "wrangler.toml"), "utf8"));
  assert.deepEqual(Object.fromEntries(objects.bindings.map(({ name, class_name }) => [name, class_name])), OBJECTS);
  assert.deepEqual(namespaces.map(({ binding }) => binding), ["KV"]);
});
