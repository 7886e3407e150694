// The examples and what compiles against the types of the service binding: `// @ts-expect-error` marks what has to be refused.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { root } from "./harness/config.mjs";

test("tsc accepts the examples and the uses of the binding", () => {
  const { status, stdout } = spawnSync("node_modules/.bin/tsc", ["-p", "examples/tsconfig.json", "--listFiles"], { cwd: root, encoding: "utf8" });
  assert.equal(status, 0, stdout);
  for (const file of ["examples/edge-app/src/index.ts", "examples/edge-api/src/index.ts", "clients/typescript/usage.ts"]) {
    assert.match(stdout, new RegExp(`${file}$`, "m"));
  }
});
