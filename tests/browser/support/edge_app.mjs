// examples/edge-app beside a provider, registered there as its README says.
import assert from "node:assert/strict";
import { join } from "node:path";
import { root } from "../../worker/harness/config.mjs";
import { freePort } from "../../worker/harness/http.mjs";
import { register } from "../../worker/support/relying_party.mjs";

/** Starts it: { origin, client }. */
export async function startEdgeApp(op) {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const client = await register(op, {
    client_name: "Edge app",
    token_endpoint_auth_method: "client_secret_post",
    redirect_uris: [`${origin}/callback`],
    post_logout_redirect_uris: [`${origin}/`],
    backchannel_logout_uri: `${origin}/backchannel_logout`,
    backchannel_logout_session_required: true,
  });
  const { client_id: CLIENT_ID, client_secret: CLIENT_SECRET } = client;
  await op.restartWith([{ folder: join(root, "examples/edge-app"), port, vars: { ISSUER: op.issuer, CLIENT_ID, CLIENT_SECRET } }]);
  return { origin, client };
}

/** The claims that the app shows. */
export const shown = async (page) => JSON.parse(await page.locator("pre").innerText());

/** The app has forgotten the person, or does so soon: whoever opens it is sent to the provider. */
export async function assertForgotten(page, app, op) {
  for (let tries = 0; tries < 100; tries++) {
    await page.goto(app.origin);
    if (page.url().startsWith(op.issuer)) return;
    await page.waitForTimeout(50);
  }
  assert.fail(`still at ${page.url()}`);
}
