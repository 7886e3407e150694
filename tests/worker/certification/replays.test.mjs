// Codes and refresh tokens that come again when half a minute has passed.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { createUser, startProvider } from "../harness/provider.mjs";
import { assertJsonError } from "../support/assertions.mjs";
import { redeemed, refreshed, tokensOf, worked } from "../support/back_channel.mjs";
import { EVERY_FLOW, granted } from "../support/front_channel.mjs";
import { DIANA, bearer, register } from "../support/relying_party.mjs";

const LATER_MS = 31_000;

let op, client, browser;

before(async () => {
  op = await startProvider();
  await createUser(op, "diana", DIANA);
  client = await register(op, EVERY_FLOW);
  ({ browser } = await granted(op, client));
});
after(() => op?.stop());

const visit = (changes) => granted(op, client, changes, { browser });
const offline = async () => tokensOf(op, client, await visit({ scope: "openid offline_access", prompt: "consent" }));
const infoStatus = async (token) => (await op.request("/userinfo", { headers: bearer(token) })).status;

describe("Token endpoint 3 and 4: later", { concurrency: true }, () => {
  test("Token endpoint 3: a code used again after 30 s is invalid_grant, and its access token stops working", async () => {
    const done = await visit();
    const { access_token } = await tokensOf(op, client, done);
    await pause(LATER_MS);
    assert.equal(await infoStatus(access_token), 200);
    assertJsonError(await redeemed(op, client, done), 400, "invalid_grant");
    assert.equal(await infoStatus(access_token), 401);
  });

  test("Token endpoint 4: a refresh token used again after 30 s is a replay that ends its successors", async () => {
    const { refresh_token } = await offline();
    const next = await worked(refreshed(op, client, refresh_token));
    const last = await worked(refreshed(op, client, next.refresh_token));
    await pause(LATER_MS);
    assert.equal(await infoStatus(last.access_token), 200);
    assertJsonError(await refreshed(op, client, refresh_token), 400, "invalid_grant");
    assert.equal(await infoStatus(last.access_token), 401);
    assertJsonError(await refreshed(op, client, last.refresh_token), 400, "invalid_grant");
  });

  test("Token endpoint 4: a refresh token that was not used still works after 30 s, and its successor once more", async () => {
    const { refresh_token } = await offline();
    await pause(LATER_MS);
    const next = await worked(refreshed(op, client, refresh_token));
    await worked(refreshed(op, client, next.refresh_token));
  });
});
