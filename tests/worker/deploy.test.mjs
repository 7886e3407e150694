// What `wrangler deploy` would upload: accepted by wrangler, and small enough to start fast everywhere.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { root } from "./harness/config.mjs";

const LIMIT_KIB = 545;
const NOT_UPLOADED = /\.map$|^README\.md$/;

test("a dry run of the deployment passes, and the script stays small", (t) => {
  const out = mkdtempSync(join(tmpdir(), "treeline-deploy-"));
  t.after(() => rmSync(out, { recursive: true }));
  const said = execFileSync("node_modules/.bin/wrangler", ["deploy", "--dry-run", "--outdir", out], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, WRANGLER_SEND_METRICS: "false" },
  });
  assert.match(said, /--dry-run: exiting now/);
  for (const binding of ["KV", "USERS", "REGISTRATIONS", "PENDING", "KEYS", "ISSUER"]) {
    assert.match(said, new RegExp(`env\\.${binding}\\b`));
  }

  const modules = readdirSync(out).filter((name) => !NOT_UPLOADED.test(name));
  assert.ok(modules.some((name) => name.endsWith(".wasm")), `no wasm among ${modules}`);
  const kib = modules.reduce((sum, name) => sum + gzipSync(readFileSync(join(out, name))).length, 0) / 1024;
  t.diagnostic(`the script is ${kib.toFixed(1)} KiB gzipped, of ${LIMIT_KIB}`);
  assert.ok(kib <= LIMIT_KIB, `${kib.toFixed(1)} KiB gzipped`);
});
