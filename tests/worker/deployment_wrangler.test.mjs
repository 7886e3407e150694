// `npm run deploy` with wrangler itself, in the version that is pinned, from an account without a Worker to one that has all it needs.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { OBJECTS } from "../../scripts/deploy/bindings.mjs";
import { startCloudflareApi } from "./support/cloudflare_api.mjs";
import { ISSUER, deploy, deployment } from "./support/deployment.mjs";

test("a first deployment and a rotation, by wrangler itself", async (t) => {
  const api = await startCloudflareApi("treeline");
  t.after(() => api.stop());
  const { worker, env } = api;
  const place = deployment(t);

  const first = await deploy(place, ["--yes", "--wait", "0", "--save-secrets", place.path("secrets")], { env });
  assert.deepEqual(worker.steps, ["empty worker", "secrets", "namespace", "worker", "domain"], first.text);
  const kept = readFileSync(place.path("secrets"), "utf8");
  assert.equal(kept, Object.entries(worker.secrets).map(([name, value]) => `${name}=${value}\n`).join(""));
  assert.equal(Object.keys(worker.secrets).length, 5);
  for (const [name, value] of Object.entries(worker.secrets)) assert.ok(!first.text.includes(value), `${name} was printed`);
  assert.deepEqual(worker.namespaces.map(({ title }) => title), ["treeline-kv"]);
  assert.deepEqual(worker.domains.map(({ hostname }) => hostname), [new URL(ISSUER).hostname]);
  const { bindings, keep_bindings: keeps, migrations } = worker.metadata;
  assert.ok(keeps.includes("secret_text"));
  assert.deepEqual(bindings.map(({ name }) => name).sort(), ["ISSUER", "KV", ...Object.keys(OBJECTS)].sort());
  assert.deepEqual(migrations.steps.flatMap(({ new_sqlite_classes: classes }) => classes).sort(), Object.values(OBJECTS).sort());
  // Nothing of it is at the issuer, and that is what the self-check says.
  assert.match(first.out, /WRONG +login\.treeline\.test /);

  const { SEAL_KEY: old, ...others } = { ...worker.secrets };
  const rotated = await deploy(place, ["--yes", "--wait", "0", "--rotate", "SEAL_KEY", "--save-secrets", place.path("new")], { env: { ...env, SEAL_KEY: old } });
  assert.equal(worker.secrets.SEAL_KEY_PREVIOUS, old, rotated.text);
  const { SEAL_KEY: fresh, SEAL_KEY_PREVIOUS: _, ...same } = worker.secrets;
  assert.notEqual(fresh, old);
  assert.deepEqual(same, others);
});
