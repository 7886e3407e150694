// `npm run deploy -- --check-only`: what an operator is told about a provider that is there, and one that is not quite.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { after, before, test } from "node:test";
import { startProvider } from "./harness/provider.mjs";
import { selfSigned } from "./support/certificate.mjs";
import { deploy, deployment, projectToml } from "./support/deployment.mjs";
import { startTlsProxy } from "./support/tls_proxy.mjs";

const CONFIGURATION = "/.well-known/openid-configuration";
let op, proxy;

before(async () => {
  proxy = await startTlsProxy();
  op = await startProvider({ issuer: proxy.origin });
  proxy.forwardTo(op.url);
});
after(() => Promise.all([op?.stop(), proxy?.stop()]));

/** Runs the check of an issuer: { code, out, text, wrong }, `wrong` being what it finds. */
async function check(t, { issuer = proxy.origin, certificate = proxy.certificate, env = {}, args = [], vars = "" } = {}) {
  const place = deployment(t, projectToml().replace(/^ISSUER.*$/m, `ISSUER = "${issuer}"\n${vars}`));
  writeFileSync(place.path("ca.pem"), certificate);
  const trusting = { NODE_EXTRA_CA_CERTS: place.path("ca.pem"), ADMIN_TOKEN: "", ...env };
  const outcome = await deploy(place, ["--check-only", "--wait", "0", ...args], { answers: {}, env: trusting });
  assert.deepEqual(outcome.calls, [], "wrangler was called");
  assert.doesNotMatch(outcome.text, /^\s+at .*\.mjs/m);
  return { ...outcome, wrong: outcome.out.split("\n").filter((line) => /^\s+WRONG /.test(line)).map((line) => line.replace(/^\s+WRONG +/, "")) };
}

/**
 * Something with TLS that stands before the provider and makes another of its answers: `change` gets { status, headers, text } of each with the request
 * and the issuer, and gives what goes out.
 */
async function interfering(t, change) {
  const { key, cert } = selfSigned();
  const server = createServer({ key, cert }, async (request, response) => {
    const own = `https://localhost:${server.address().port}`;
    let body = "";
    for await (const chunk of request) body += chunk;
    const { method, url, headers } = request;
    const answer = await op.request(url, { method, headers: { ...headers, host: new URL(op.issuer).host }, ...(body && { body }) });
    const moved = { ...answer, text: answer.text.replaceAll(op.issuer, own) };
    delete moved.headers["transfer-encoding"];
    delete moved.headers["content-length"];
    const { status, headers: changed, text } = change(moved, request, own);
    response.writeHead(status, changed).end(text);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
  return { issuer: `https://localhost:${server.address().port}`, certificate: cert };
}

test("a provider that is as it should be", async (t) => {
  const { code, out, text, wrong } = await check(t, { env: { ADMIN_TOKEN: op.adminToken } });
  assert.deepEqual(wrong, []);
  assert.equal(code, 0, text);
  for (const says of ["its issuer is", "RS256 and ES256", "nothing private", "every endpoint answers", "stay with https", "takes ADMIN_TOKEN", "registration is open", "forged Host", "clock"]) {
    assert.ok(out.includes(says), `"${says}" is not in:\n${out}`);
  }
  assert.match(out, new RegExp(`all is well at ${proxy.origin}$`, "m"));
  assert.ok(!text.includes(op.adminToken));
});

test("what stands before it and changes nothing is not found fault with", async (t) => {
  const { code, text } = await check(t, await interfering(t, (answer) => answer));
  assert.equal(code, 0, text);
});

test("--issuer checks another issuer than that of wrangler.toml", async (t) => {
  const { code, text } = await check(t, { issuer: "https://login.treeline.test", args: ["--issuer", proxy.origin] });
  assert.equal(code, 0, text);
});

test("an issuer that is not the deployed one", async (t) => {
  const other = proxy.origin.replace("localhost", "127.0.0.1");
  const { code, wrong } = await check(t, { issuer: other });
  assert.equal(code, 1);
  assert.deepEqual(wrong, [`discovery names the issuer "${proxy.origin}" and not ${other}: set ISSUER in wrangler.toml to what people see, and deploy`]);
});

test("a certificate that is not accepted", async (t) => {
  const { code, wrong } = await check(t, { certificate: selfSigned().cert });
  assert.equal(code, 1);
  assert.equal(wrong.length, 1);
  assert.match(wrong[0], /^the TLS certificate of localhost:\d+ is not accepted \(\w+\): a new custom domain gets its certificate within minutes/);
});

test("nobody there", async (t) => {
  const nobody = await startTlsProxy();
  await nobody.stop();
  const { code, wrong } = await check(t, { issuer: nobody.origin, certificate: nobody.certificate });
  assert.equal(code, 1);
  assert.match(wrong.join(), /^localhost:\d+ cannot be reached \(ECONNREFUSED\)/);
});

test("a host without an address", async (t) => {
  const { code, wrong } = await check(t, { issuer: "https://login.treeline.invalid" });
  assert.equal(code, 1);
  assert.match(wrong.join(), /^login.treeline.invalid has no address in DNS/);
});

// What stands before the provider, what it makes of the answers, and what the operator reads.
const json = (answer, change) => ({ ...answer, text: JSON.stringify(change(JSON.parse(answer.text))) });
const at = (path, change) => (answer, request, own) => (request.url === path ? change(answer, request, own) : answer);
const without = (name) => (answer) => ({ ...answer, headers: Object.fromEntries(Object.entries(answer.headers).filter(([other]) => other !== name)) });
const INTERFERENCES = [
  ["a redirect", at(CONFIGURATION, (answer) => ({ ...answer, status: 301, headers: { location: "https://www.treeline.test/" } })), /^discovery answers with a redirect to https:\/\/www.treeline.test\/: apps follow none/],
  ["another Worker", at(CONFIGURATION, (answer) => ({ ...answer, status: 404, text: "" })), /^discovery is not there \(404\): the host does not lead to this Worker/],
  ["endpoints of another host", at(CONFIGURATION, (answer) => json(answer, (all) => ({ ...all, token_endpoint: "https://evil.treeline.test/token" }))), /^discovery names endpoints elsewhere: token_endpoint https:\/\/evil/],
  ["no HSTS", without("strict-transport-security"), /^Strict-Transport-Security is missing/],
  ["no nosniff", without("x-content-type-options"), /^X-Content-Type-Options: nosniff is missing/],
  ["another clock", (answer) => ({ ...answer, headers: { ...answer.headers, date: new Date(Date.now() - 120_000).toUTCString() } }), /^its clock and this machine's are 1[12]\d seconds apart/],
  ["a cache by forwarded host", at(CONFIGURATION, (answer, { headers }) => (headers["x-forwarded-host"] ? json(answer, (all) => ({ ...all, issuer: "https://evil.invalid" })) : answer)), /^discovery is another with a forged header \(x-forwarded-host: evil.invalid\)/],
  ["keys without RS256", at("/jwks", (answer) => json(answer, ({ keys }) => ({ keys: keys.filter(({ alg }) => alg !== "RS256") }))), /^the keys lack RS256/],
  ["a private key", at("/jwks", (answer) => json(answer, ({ keys: [first, ...rest] }) => ({ keys: [{ ...first, d: "x" }, ...rest] }))), /^the keys show private members \(.+\): take the provider down/],
  ["no keys", at("/jwks", (answer) => ({ ...answer, status: 503, text: "{}" })), /^the keys are not there \(.*status 503\)/],
  ["an endpoint that fails", at("/userinfo", (answer) => ({ ...answer, status: 502 })), /^these endpoints fail: userinfo_endpoint \(502\)/],
  ["an open admin API", at("/admin/keys", (answer) => ({ ...answer, status: 200 })), /^the admin API answers with status 200 where there is no token/],
  ["no registration", at("/registration", (answer) => ({ ...answer, status: 401 })), /^registration answers with status 401, though REGISTRATION says that it is open/],
];
for (const [name, change, says] of INTERFERENCES) {
  test(`${name}: found, in plain words`, async (t) => {
    const { code, wrong, out } = await check(t, await interfering(t, change));
    assert.equal(code, 1, out);
    assert.equal(wrong.length, 1, out);
    assert.match(wrong[0], says);
  });
}

test("registration that is open where it should ask for a token", async (t) => {
  const { code, wrong } = await check(t, { vars: 'REGISTRATION = "token"' });
  assert.equal(code, 1);
  assert.deepEqual(wrong, ["registration is open to everybody (status 400 without a token): REGISTRATION has to be token, and the deployed Worker one that knows it; deploy again"]);
});

test("registration that asks for a token, as it should", async (t) => {
  const own = await startTlsProxy();
  const token = "r".repeat(32);
  const asking = await startProvider({ issuer: own.origin, vars: { REGISTRATION: "token", REGISTRATION_TOKEN: token } });
  t.after(() => Promise.all([asking.stop(), own.stop()]));
  own.forwardTo(asking.url);
  const { code, out, wrong } = await check(t, { issuer: own.origin, certificate: own.certificate, vars: 'REGISTRATION = "token"', env: { ADMIN_TOKEN: asking.adminToken } });
  assert.deepEqual(wrong, []);
  assert.equal(code, 0, out);
  assert.match(out, /registration asks for the initial access token/);
  // The token is one that the provider takes, and nothing was registered by the check.
  assert.deepEqual(Object.keys(await asking.kvDump()), ["keys"]);
  const registered = await asking.request("/registration", { headers: { authorization: `Bearer ${token}` }, json: { redirect_uris: ["https://rp.example/cb"] } });
  assert.equal(registered.status, 201, registered.text);
});

test("registration that is shut where it should be open", async (t) => {
  const own = await startTlsProxy();
  const shut = await startProvider({ issuer: own.origin, vars: { REGISTRATION: "token" } });
  t.after(() => Promise.all([shut.stop(), own.stop()]));
  own.forwardTo(shut.url);
  const { code, wrong } = await check(t, { issuer: own.origin, certificate: own.certificate });
  assert.equal(code, 1);
  assert.deepEqual(wrong, ["discovery names no registration endpoint, though REGISTRATION says that it is open; deploy again"]);
});

test("an admin token that is not the Worker's", async (t) => {
  const { code, wrong, text } = await check(t, { env: { ADMIN_TOKEN: "x".repeat(32) } });
  assert.equal(code, 1);
  assert.match(wrong.join(), /^the admin API answers ADMIN_TOKEN with status 401: it is not the Worker's/);
  assert.ok(!text.includes("x".repeat(32)));
});

test("keys that cannot be read, and a provider that is not configured", async (t) => {
  const own = await startTlsProxy();
  const dir = deployment(t).path("storage");
  let broken = await startProvider({ issuer: own.origin, dir });
  t.after(() => Promise.all([broken.stop(), own.stop()]));
  own.forwardTo(broken.url);
  const asked = { issuer: own.origin, certificate: own.certificate };
  assert.equal((await check(t, asked)).code, 0);

  await broken.stop();
  broken = await startProvider({ issuer: own.origin, dir, vars: { SEAL_KEY: "A".repeat(43) } });
  own.forwardTo(broken.url);
  const resealed = await check(t, asked);
  assert.equal(resealed.code, 1);
  assert.match(resealed.wrong.join("\n"), /^the keys are not there .*SEAL_KEY or KEY_ENCRYPTION_KEY has to be the one that the keys were sealed with/m);

  await broken.stop();
  broken = await startProvider({ issuer: own.origin, dir, vars: { ADMIN_TOKEN: "short" } });
  own.forwardTo(broken.url);
  const { code, wrong } = await check(t, asked);
  assert.equal(code, 1);
  assert.deepEqual(wrong, ["the provider is there but stops at its start (500): a variable or secret is wrong or missing; `npx wrangler tail` shows why"]);
});

test("a provider that comes a little later is waited for", async (t) => {
  const late = await startTlsProxy();
  const provider = await startProvider({ issuer: late.origin });
  t.after(() => Promise.all([provider.stop(), late.stop()]));
  late.forwardTo("http://127.0.0.1:1");
  setTimeout(() => late.forwardTo(provider.url), 3000);
  const { code, out } = await check(t, { issuer: late.origin, certificate: late.certificate, args: ["--wait", "30"] });
  assert.equal(code, 0, out);
  assert.match(out, /not there yet; waiting for up to 30 s/);
});
