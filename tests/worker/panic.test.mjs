// A panic ends the wasm instance of an isolate. Whatever waited in it is answered at once, and what comes next finds a new instance.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
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
