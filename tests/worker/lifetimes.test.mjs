// What ends by itself has ended when it is read, whether or not anything has swept it.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Browser } from "./harness/browserless.mjs";
import { createUser, startProvider } from "./harness/provider.mjs";
import { assertJsonError, assertLocal, assertRedirectError } from "./support/assertions.mjs";
import { DIANA, admin, authorizationRequest, authorize, bearer, flow, redeem, register, signIn, tokens, userinfo } from "./support/relying_party.mjs";

const LIFETIME = 3;

/** Short-lived clients on one provider, short-lived logins on the other: what was there, once its time is over. */
let clients, logins;

before(async () => {
  const [forClients, forLogins] = await Promise.all(["CLIENT_LIFETIME", "LOGIN_LIFETIME"].map((name) => startProvider({ vars: { [name]: LIFETIME } })));
  clients = { op: forClients };
  logins = { op: forLogins };
  await createUser(forLogins, "diana", DIANA);
  logins.client = await register(forLogins);
  logins.done = await flow(forLogins, logins.client);
  logins.consent = await logins.done.browser.get(forLogins.issuer + authorizationRequest(logins.client, { prompt: "consent" }).path);
  logins.cookie = logins.done.browser.cookies.for(new URL(forLogins.issuer)).find(({ name }) => name === "treeline-session");
  clients.client = await register(forClients);
  clients.page = await authorize(forClients, clients.client);
  await pause(LIFETIME * 1000 + 100);
});
after(() => Promise.all([clients?.op.stop(), logins?.op.stop()]));

describe("a client whose lifetime is over", () => {
  test("was there, though KV takes no lifetime so short", () => {
    const { client, page } = clients;
    assert.equal(client.client_secret_expires_at - client.client_id_issued_at, LIFETIME);
    assert.equal(page.status, 200);
  });

  test("can neither ask, nor authenticate, nor be managed, and is listed no more", async () => {
    const { op, client } = clients;
    assertLocal(await authorize(op, client), "client_id");
    assertJsonError(await redeem(op, client, { code: "x", verifier: "v".repeat(43), fields: {} }), 401, "invalid_client");
    const { pathname, search } = new URL(client.registration_client_uri);
    assertJsonError(await op.request(pathname + search, { headers: bearer(client.registration_access_token) }), 401, "invalid_token");
    assert.deepEqual((await admin(op, "/admin/clients")).json(), {});
  });
});

describe("a login whose lifetime is over", () => {
  // A browser would have dropped the cookie by now; who has kept it gains nothing.
  const headers = () => ({ cookie: `treeline-session=${logins.cookie.value}` });

  test("ended with its cookie", () => assert.equal(logins.cookie.attributes["max-age"], String(LIFETIME)));

  test("is none any more", async () => {
    const { op, client } = logins;
    assertRedirectError(op, await authorize(op, client, { prompt: "none" }, { headers: headers() }), "login_required");
    assert.match((await authorize(op, client, {}, { headers: headers() })).text, /id="login"/);
  });

  test("takes the consent page that was open along", async () => {
    const { op, consent } = logins;
    const interaction = consent.root.querySelector("input[name=interaction]").getAttribute("value");
    assertLocal(await op.request("/consent", { headers: headers(), form: { interaction, decision: "allow" } }), "too long");
  });

  test("leaves what was granted before, and the consent", async () => {
    const { op, client, done } = logins;
    assert.equal((await userinfo(op, (await tokens(op, client, done)).access_token)).status, 200);
    const browser = new Browser(op);
    const page = await browser.get(op.issuer + authorizationRequest(client).path);
    assert.equal((await signIn(browser, page)).status, 303);
  });
});
