// A panic ends the wasm instance of an isolate. Whatever waited in it is answered at once, and what comes next finds a new instance.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import binaryen from "binaryen";
import { root } from "./harness/config.mjs";
import { createUser, startProvider } from "./harness/provider.mjs";
import { DIANA, flow, redeem, register, userinfo } from "./support/relying_party.mjs";

let op, client;

before(async () => {
  op = await startProvider();
  await createUser(op, "diana", DIANA);
  client = await register(op);
});
after(() => op?.stop());

test("what waits is answered with 503, quickly, and the next request is served", async () => {
  const authorized = await flow(op, client);
  const bought = (await redeem(op, client, authorized)).json();
  for (let round = 1; round <= 3; round++) {
    await op.breakObjects("USERS", "panic");
    const began = Date.now();
    const answers = await Promise.all(Array.from({ length: 5 }, () => userinfo(op, bought.access_token)));
    assert.ok(Date.now() - began < 5000, "sooner than any patience runs out");
    for (const answer of answers) {
      assert.equal(answer.status, 503, answer.text);
      assert.equal(answer.json().error, "temporarily_unavailable");
      assert.equal(answer.headers["cache-control"], "no-store");
    }
    await op.breakObjects("USERS", null);
    assert.equal((await userinfo(op, bought.access_token)).status, 200);
  }
});

test("a code whose redemption was cut short is not used up", async () => {
  const authorized = await flow(op, client);
  await op.breakObjects("USERS", "panic");
  assert.equal((await redeem(op, client, authorized)).status, 503);
  await op.breakObjects("USERS", null);
  assert.equal((await redeem(op, client, authorized)).status, 200);
});

/** The built Worker, whose instance ends as soon as one of its functions is called. */
function brokenBuild(exported) {
  const directory = mkdtempSync(join(tmpdir(), "treeline-broken-"));
  cpSync(join(root, "build"), directory, { recursive: true });
  const wasm = join(directory, "index_bg.wasm");
  const module = binaryen.readBinary(readFileSync(wasm));
  module.setFeatures(binaryen.Features.All);
  const name = binaryen.getExportInfo(module.getExport(exported)).value;
  const { params, results } = binaryen.getFunctionInfo(module.getFunction(name));
  module.removeFunction(name);
  module.addFunction(name, params, results, [], module.unreachable());
  writeFileSync(wasm, module.emitBinary());
  module.dispose();
  return directory;
}

test("an instance that has ended is made anew, whatever is asked next", async () => {
  // What looks after those who have waited for a second.
  const build = brokenBuild("overdue");
  const broken = await startProvider({ build });
  try {
    await createUser(broken, "diana", DIANA);
    const party = await register(broken);
    const { access_token } = (await redeem(broken, party, await flow(broken, party))).json();
    for (let round = 1; round <= 2; round++) {
      await broken.breakObjects("USERS", "hang");
      const answers = await Promise.all(Array.from({ length: 3 }, () => userinfo(broken, access_token)));
      assert.deepEqual(answers.map(({ status }) => status), [503, 503, 503]);
      await broken.breakObjects("USERS", null);
      assert.equal((await userinfo(broken, access_token)).status, 200);
      assert.equal((await broken.request("/jwks")).status, 200);
    }
    assert.match(broken.log(), /RuntimeError: unreachable/);
  } finally {
    await broken.stop();
    rmSync(build, { recursive: true });
  }
});
