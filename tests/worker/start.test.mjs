// `npm start` as a newcomer meets it: one command to a provider that answers, and nothing left when it ends.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root } from "./harness/config.mjs";
import { freePort, request } from "./harness/http.mjs";
import { assertNobodyStays, run, said, survivors } from "./support/npm.mjs";

const SECOND_START_LIMIT_MS = 15_000;
const LINES = [
  /^issuer +(\S+)$/m,
  /^sign in as +diana with the password "(.+)"$/m,
  /^admin token +ADMIN_TOKEN in (\S+)$/m,
  /^ready/m,
];

const scratch = mkdtempSync(join(tmpdir(), "treeline-start-"));
const secretsFile = join(scratch, "dev.vars");
let port;
let url;

before(async () => {
  port = await freePort();
  url = `http://127.0.0.1:${port}`;
});
after(() => {
  survivors(secretsFile).forEach((pid) => process.kill(pid, "SIGKILL"));
  rmSync(scratch, { recursive: true, force: true });
});

const start = () => run("start", { PORT: String(port), PERSIST_DIR: join(scratch, "state"), DEV_VARS: secretsFile });

const nobodyStays = () => assertNobodyStays(secretsFile);

async function kids() {
  const { jwks_uri } = (await request(`${url}/.well-known/openid-configuration`)).json();
  const jwks = (await request(url + new URL(jwks_uri).pathname)).json();
  return jwks.keys.map(({ kid }) => kid);
}

test("it starts, is what it says, and ends without a trace", { skip: !existsSync("/proc") && "needs /proc" }, async (t) => {
  const npm = start();
  await said(npm, /^ready/m);
  const places = LINES.map((line) => npm.text.search(line));
  assert.ok(places.every((place, i) => place > (places[i - 1] ?? -1)), `lines missing or out of order in:\n${npm.text}`);
  const [issuer, password, secrets] = LINES.map((line) => npm.text.match(line)[1]);
  assert.equal(issuer, `http://localhost:${port}`);
  assert.equal(password, JSON.parse(readFileSync(join(root, "examples/diana.json"))).password);
  assert.equal(secrets, secretsFile);
  assert.equal(statSync(secretsFile).mode & 0o777, 0o600);

  for (const headers of [{}, { host: "evil.example" }]) {
    const discovery = (await request(`${url}/.well-known/openid-configuration`, { headers })).json();
    assert.equal(discovery.issuer, issuer);
    assert.doesNotMatch(JSON.stringify(discovery), /evil/);
  }
  assert.equal((await request(`${url}/cdn-cgi/handler/scheduled`)).status, 200);
  const token = readFileSync(secretsFile, "utf8").match(/^ADMIN_TOKEN=(.+)$/m)[1];
  const diana = await request(`${url}/admin/users/diana`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(diana.status, 200);
  const nobody = await request(`${url}/admin/users/nobody`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(nobody.status, 404);

  const second = start();
  assert.notEqual(await second.ended, 0);
  assert.match(second.text, new RegExp(`port ${port} `));

  const before = await kids();
  assert.ok(before.length);
  npm.kill("SIGTERM");
  await npm.ended;
  await nobodyStays();

  const began = Date.now();
  const again = start();
  await said(again, /^ready/m);
  const took = Date.now() - began;
  t.diagnostic(`ready again after ${took} ms`);
  assert.ok(took < SECOND_START_LIMIT_MS, `${took} ms`);
  assert.deepEqual(await kids(), before);
  process.kill(-again.pid, "SIGINT");
  await again.ended;
  await nobodyStays();
});

test("a variable that makes no sense ends it, and is named", { skip: !existsSync("/proc") && "needs /proc" }, async () => {
  writeFileSync(secretsFile, `${readFileSync(secretsFile, "utf8")}CODE_LIFETIME=1h\n`);
  const npm = start();
  assert.notEqual(await npm.ended, 0);
  assert.match(npm.text, /CODE_LIFETIME has to be a number from 1 to 600/);
  assert.match(npm.text, /the provider cannot start: its log, above, names the variable that is wrong/);
  await nobodyStays();
});
