// Passwords, user names and cookies. What a guesser learns, how often one may guess, and who is who.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Browser } from "./harness/browserless.mjs";
import { createUser, startProvider } from "./harness/provider.mjs";
import { assertLocal } from "./support/assertions.mjs";
import { decode } from "./support/jwt.mjs";
import { spentTime } from "./support/process.mjs";
import { DIANA, PASSWORD, admin, authorizationRequest, flow, register, signIn, tokens } from "./support/relying_party.mjs";

const TRIES = 5;
const GUESSES = 100;
const PASSWORD_LIMIT = 1024;

let op, client;

before(async () => {
  op = await startProvider({ vars: { PASSWORD_TRIES: TRIES } });
  await Promise.all(["diana", "erik"].map((name) => createUser(op, name, DIANA)));
  client = await register(op);
});
after(() => op?.stop());

async function loginPage(browser = new Browser(op), changes = {}) {
  return { browser, page: await browser.get(op.issuer + authorizationRequest(client, { prompt: "login", ...changes }).path) };
}

/** One try from a browser of its own: the answer. */
async function attempt(username, password) {
  const { browser, page } = await loginPage();
  return signIn(browser, page, { username, password });
}

const succeeded = ({ status, root }) => status === 303 || Boolean(root.querySelector("#allow"));
const anonymous = (text, username) => text.replace(/(name="interaction" value=")[^"]+/, "$1").replaceAll(username, "NAME");

describe("32. existing and unknown users", () => {
  test("a wrong password reads the same for both", async () => {
    const [known, unknown] = await Promise.all(["erik", "nobody"].map((name) => attempt(name, "wrong")));
    assert.equal(known.status, 400);
    assert.equal(unknown.status, known.status);
    assert.equal(anonymous(unknown.text, "nobody"), anonymous(known.text, "erik"));
    const kept = ({ headers: { date, "content-length": length, "x-request-id": _, ...rest } }) => rest;
    assert.deepEqual(kept(unknown), kept(known));
  });

  test("and takes about as long", async () => {
    const times = { erik2: [], nobody2: [], "not a name": [] };
    await createUser(op, "erik2", DIANA);
    const { browser, page } = await loginPage();
    for (let round = 0; round < TRIES; round++) {
      for (const [name, measured] of Object.entries(times)) {
        const began = spentTime(op.pid);
        assert.equal((await signIn(browser, page, { username: name, password: `wrong ${round}` })).status, 400);
        measured.push(spentTime(op.pid) - began);
      }
    }
    // An answer without the hash would take a tenth.
    const [known, ...others] = Object.values(times).map((measured) => measured.reduce((sum, one) => sum + one));
    for (const other of others) assert.ok(other > 0.5 * known && other < 2 * known, JSON.stringify(times));
  });

  test("no session cookie comes with a wrong password", async () => {
    assert.equal((await attempt("nobody3", "wrong")).headers["set-cookie"], undefined);
  });
});

describe("32. guessing", () => {
  for (const name of ["eve", "stranger"]) {
    test(`of ${GUESSES} guesses at once for ${name === "eve" ? "a user" : "nobody"}, ${TRIES} are looked at`, async () => {
      if (name === "eve") await createUser(op, name, DIANA);
      const { browser, page } = await loginPage();
      const guesses = Array.from({ length: GUESSES }, (_, i) => signIn(browser, page, { username: name, password: `guess ${i}` }));
      const answers = await Promise.all(guesses);
      const count = (wanted) => answers.filter(({ status }) => status === wanted).length;
      assert.deepEqual([count(400), count(429)], [TRIES, GUESSES - TRIES]);
      const refused = answers.find(({ status }) => status === 429);
      assert.match(refused.headers["retry-after"], /^[1-9]\d*$/);
      // The right one is not looked at any more either, in whatever spelling of the name.
      for (const spelling of [name, name.toUpperCase()]) assert.equal((await attempt(spelling, PASSWORD)).status, 429);
    });
  }

  test("guesses survive a restart, and those of one user are not another's", async () => {
    await createUser(op, "mallory", DIANA);
    for (let tries = 0; tries < TRIES; tries++) assert.equal((await attempt("mallory", "wrong")).status, 400);
    await op.restart();
    assert.equal((await attempt("mallory", PASSWORD)).status, 429);
    assert.ok(succeeded(await attempt("diana", PASSWORD)));
  });

  test("a sign-in that succeeds clears the count", async () => {
    await createUser(op, "clumsy", DIANA);
    for (let round = 0; round < 2; round++) {
      for (let tries = 1; tries < TRIES; tries++) assert.equal((await attempt("clumsy", "wrong")).status, 400);
      assert.ok(succeeded(await attempt("clumsy", PASSWORD)));
    }
  });

  test("when the window is over there are tries again", async () => {
    const quick = await startProvider({ vars: { PASSWORD_TRIES: 1, PASSWORD_WINDOW: 2 } });
    try {
      await createUser(quick, "diana", DIANA);
      const browser = new Browser(quick);
      const page = await browser.get(quick.issuer + authorizationRequest(await register(quick)).path);
      const answers = await Promise.all([1, 2, 3].map(() => signIn(browser, page, { password: "wrong" })));
      assert.ok(answers.some(({ status }) => status === 429));
      await pause(2100);
      assert.ok(succeeded(await signIn(browser, page)));
    } finally {
      await quick.stop();
    }
  });
});

describe("32. user names", () => {
  const subject = async (username) => decode((await tokens(op, client, await flow(op, client, { username }))).id_token).claims.sub;

  test("every spelling of a name is one account", async () => {
    const sub = await subject("diana");
    for (const spelling of ["Diana", "DIANA", "ｄｉａｎａ", "ＤiAnA"]) assert.equal(await subject(spelling), sub, spelling);
    await createUser(op, "zoë", DIANA);
    const zoe = await subject("zoë");
    for (const spelling of ["zoe\u0308", "ZOË", "ZOE\u0308"]) assert.equal(await subject(spelling), zoe, spelling);
    assert.notEqual(zoe, sub);
  });

  test("the admin API knows the same account by the same spellings", async () => {
    const account = await admin(op, `/admin/users/${encodeURIComponent("ＤＩＡＮＡ")}`);
    assert.equal(account.json().username, "diana");
    assert.ok(!/password|argon/i.test(account.text));
  });

  const OTHERS = ["diana ", " diana", "di ana", "di\u200bana", "diana\u200d", "diana\0", "diana\n", "\ufeffdiana", "dıana", "DİANA", "d\u0456ana",
    "d\u00adiana", "diana;;x", "diana%20", "diana'--", "../diana", "a".repeat(5000), ""];
  for (const name of OTHERS) {
    test(`${JSON.stringify(name.slice(0, 20))} is not diana`, async () => {
      const answer = await attempt(name, PASSWORD);
      assert.equal(answer.status, 400);
      assert.equal(answer.headers["set-cookie"], undefined);
    });
  }

  test("a name that could be mistaken for two ids in a session tree cannot be had", async () => {
    for (const name of ["a;;b", "a b", "a\u200b", "", "a\0"]) {
      const answer = await admin(op, `/admin/users/${encodeURIComponent(name)}`, { method: "PUT", json: { password: PASSWORD } });
      assert.ok([400, 404].includes(answer.status), JSON.stringify(name));
    }
  });
});

describe("32. passwords", () => {
  test("none is cut short", async () => {
    const long = "p".repeat(PASSWORD_LIMIT);
    await createUser(op, "wordy", { password: long });
    assert.ok(succeeded(await attempt("wordy", long)));
    for (const password of [long.slice(0, -1), `${long.slice(0, -1)}q`, `${long}p`, long.slice(0, 72), `${long}\0`]) {
      assert.equal((await attempt("wordy", password)).status, 400, `${password.length}`);
      assert.ok(succeeded(await attempt("wordy", long)));
    }
  });

  test("one that is too long is refused before it is looked at", async () => {
    const { browser, page } = await loginPage();
    await op.resetCounts();
    const large = await signIn(browser, page, { password: "p".repeat(1 << 20) });
    assertLocal(large);
    assert.equal(large.status, 413);
    for (let tries = 0; tries < 2 * TRIES; tries++) {
      assert.equal((await signIn(browser, page, { password: "p".repeat(PASSWORD_LIMIT + 1) })).status, 400);
    }
    assert.equal((await op.counts()).objects.USERS, 0);
  });

  test("unicode forms of one password are one, and cases are two", async () => {
    await createUser(op, "unicode", { password: "pässwörd" });
    assert.ok(succeeded(await attempt("unicode", "pa\u0308sswo\u0308rd")));
    assert.equal((await attempt("unicode", "Pässwörd")).status, 400);
  });

  test("an account without a password, and a disabled one, have none that works", async () => {
    await admin(op, "/admin/users/keyless", { method: "PUT", json: { claims: {} } });
    await createUser(op, "gone", DIANA);
    await admin(op, "/admin/users/gone", { method: "PUT", json: { disabled: true } });
    for (const name of ["keyless", "gone"]) {
      for (const password of ["", PASSWORD]) assert.equal((await attempt(name, password)).status, 400, name);
    }
  });

  test("a changed password replaces the old one", async () => {
    await createUser(op, "changed", DIANA);
    await createUser(op, "changed", { password: "another" });
    assert.equal((await attempt("changed", PASSWORD)).status, 400);
    assert.ok(succeeded(await attempt("changed", "another")));
  });
});

describe("34. cookies", () => {
  let https;

  before(async () => {
    https = await startProvider({ issuer: "https://login.example.com" });
    await createUser(https, "diana", DIANA);
  });
  after(() => https?.stop());

  const cookiesOf = ({ headers }) => [headers["set-cookie"] ?? []].flat();
  const attributes = (cookie) => cookie.split("; ").slice(1).map((attribute) => attribute.replace(/^Max-Age=\d+$/, "Max-Age=N")).sort();

  test("of an https issuer they are __Host- and Secure; HttpOnly and SameSite=Lax where no frame on another site reads them", async () => {
    const browser = new Browser(https);
    const page = await browser.get(https.issuer + authorizationRequest(await register(https)).path);
    const consent = await signIn(browser, page);
    const cookies = [...cookiesOf(page), ...cookiesOf(consent)];
    assert.deepEqual(cookies.map((cookie) => cookie.split("=")[0]), ["__Host-treeline-browser", "__Host-treeline-session", "__Host-treeline-state"]);
    const always = ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"];
    assert.deepEqual(cookies.map(attributes), [always, ["HttpOnly", "Max-Age=N", "Path=/", "SameSite=Lax", "Secure"], ["Max-Age=N", "Path=/", "SameSite=None", "Secure"]]);
    const done = await browser.submit(consent, { button: "allow" });
    assert.equal(done.status, 303, "a browser that keeps the promises of __Host- gets through");
    assert.deepEqual(cookiesOf(done), []);
  });

  test("a cookie without the prefix, which a neighbour could have set, is not looked at", async () => {
    const browser = new Browser(https);
    const registered = await register(https);
    await signIn(browser, await browser.get(https.issuer + authorizationRequest(registered).path));
    const { value } = browser.cookies.for(new URL(https.issuer)).find(({ name }) => name === "__Host-treeline-session");
    const silent = (cookie) => https.request(authorizationRequest(registered, { prompt: "none" }).path, { headers: { cookie } });
    const errorOf = async (cookie) => new URL((await silent(cookie)).location).searchParams.get("error");
    assert.equal(await errorOf(`__Host-treeline-session=${value}`), "consent_required");
    for (const name of ["treeline-session", "__Secure-treeline-session", "__host-treeline-session"]) {
      assert.equal(await errorOf(`${name}=${value}`), "login_required", name);
    }
  });

  test("on loopback they are the same but for what needs https", async () => {
    const { browser, page } = await loginPage();
    const cookies = [...cookiesOf(page), ...cookiesOf(await signIn(browser, page))];
    const state = ["Max-Age=N", "Path=/", "SameSite=Lax"];
    assert.deepEqual(cookies.map(attributes), [["HttpOnly", "Path=/", "SameSite=Lax"], ["HttpOnly", ...state], state]);
  });

  test("a browser that has a mark keeps it, and only a sign-in sets a session", async () => {
    const { browser } = await loginPage();
    const { page } = await loginPage(browser);
    assert.deepEqual(cookiesOf(page), []);
    assert.deepEqual(cookiesOf(await signIn(browser, page, { password: "wrong" })), []);
  });

  test("the session cookie tells nothing of the user, not by its length either", async () => {
    const length = async (username) => {
      await createUser(op, username, DIANA);
      const { browser } = await flow(op, client, { username });
      const { value } = browser.cookies.for(new URL(op.issuer)).find(({ name }) => name === "treeline-session");
      assert.ok(!Buffer.from(value, "base64url").includes(username));
      return value.length;
    };
    // Names that are too long to stand in what is random by chance.
    assert.equal(await length("alexa"), await length("alexandra-maria"));
  });
});
