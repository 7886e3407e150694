// `npm run example` as a newcomer meets it: one command to a provider and an app, and a session that ends at both.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { freePort } from "../worker/harness/http.mjs";
import { assertNobodyStays, run, said, survivors } from "../worker/support/npm.mjs";
import { DIANA, PASSWORD } from "../worker/support/relying_party.mjs";
import { person, signIn, startChromium } from "./support/chromium.mjs";
import { assertForgotten, shown } from "./support/edge_app.mjs";

const scratch = mkdtempSync(join(tmpdir(), "treeline-example-"));
const secretsFile = join(scratch, "dev.vars");
let browser, variables, op, app;

before(async () => {
  browser = await startChromium();
  const [port, appPort] = [await freePort(), await freePort()];
  variables = { PORT: String(port), APP_PORT: String(appPort), PERSIST_DIR: join(scratch, "state"), DEV_VARS: secretsFile };
  op = { issuer: `http://localhost:${port}` };
  app = { origin: `http://localhost:${appPort}` };
});
after(async () => {
  await browser?.close();
  survivors(secretsFile).forEach((pid) => process.kill(pid, "SIGKILL"));
  rmSync(scratch, { recursive: true, force: true });
});

test("it signs diana in and out, registers once, and ends without a trace", { skip: !existsSync("/proc") && "needs /proc" }, async () => {
  const registered = [];
  for (let start = 0; start < 2; start++) {
    const npm = run("example", variables);
    await said(npm, /^app +\S+$/m);
    assert.deepEqual([npm.text.match(/^issuer +(\S+)$/m)[1], npm.text.match(/^app +(\S+)$/m)[1]], [op.issuer, app.origin]);
    registered.push(readFileSync(join(variables.PERSIST_DIR, "edge-app", `${variables.APP_PORT}.json`), "utf8"));
    const { page, context } = await person(browser, { op });
    await page.goto(app.origin);
    await signIn(page, "diana", PASSWORD);
    if (!start) await page.locator("#allow").click();
    await page.waitForURL(`${app.origin}/`);
    assert.equal((await shown(page)).email, DIANA.claims.email);
    await page.goto(`${op.issuer}/account`);
    await page.getByRole("button", { name: "Sign out everywhere" }).click();
    await assertForgotten(page, app, op);
    await context.close();
    npm.kill("SIGTERM");
    await npm.ended;
    await assertNobodyStays(secretsFile);
  }
  assert.equal(registered[0], registered[1]);
});
