// The command-line client against a real provider: every command, what it prints for people and for programs, and what it says when something is wrong.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { freePort } from "./harness/http.mjs";
import { createUser, startProvider } from "./harness/provider.mjs";
import { atTerminal, treeline } from "./support/cli.mjs";
import { startReceiver } from "./support/receiver.mjs";
import { CALLBACK, DIANA, PASSWORD, admin, flow, redeem, register, sessions, tokens, userinfo } from "./support/relying_party.mjs";

const SECRET = /^[\w-]{43}$/;
const ANOTHER_PASSWORD = "another password of hers";

let op, env, scratch, receiver;

before(async () => {
  op = await startProvider({ vars: { REGISTRATION_LIMIT: 1000 } });
  receiver = await startReceiver();
  scratch = mkdtempSync(join(tmpdir(), "treeline-cli-"));
  env = { TREELINE_ISSUER: op.issuer, TREELINE_ADMIN_TOKEN: op.adminToken };
});
after(async () => {
  await op?.stop();
  await receiver?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

const file = (name, content) => {
  const path = join(scratch, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
};

/** Runs a command that has to succeed. */
async function run(words, options) {
  const done = await treeline(words.split(" "), { env, ...options });
  assert.equal(done.code, 0, `${words}: ${done.err}`);
  assert.equal(done.err, "");
  return done;
}

/** Runs a command that has to fail so, with a hint or without, and with nothing on standard output. */
async function fails(words, code, expected, options) {
  const done = await treeline(Array.isArray(words) ? words : words.split(" "), { env, ...options });
  assert.equal(done.code, code, `${words}: ${done.out}${done.err}`);
  assert.equal(done.out, "");
  assert.match(done.err, /^treeline: .+\n( {2}.+\n)?$/);
  assert.match(done.err, expected);
  assert.doesNotMatch(done.err, new RegExp(op.adminToken));
  return done;
}

const json = async (words, options) => (await run(`${words} --json`, options)).json();
const rows = ({ out }) => out.trimEnd().split("\n").map((line) => line.split(/ {2,}/));
const canSignIn = async (username, password) => {
  const client = await register(op);
  return flow(op, client, { username, password }).then(() => true, () => false);
};

describe("clients", () => {
  test("are created from options and from a file, and shown without their secrets", async () => {
    const created = await json(`clients create --redirect-uri ${CALLBACK} --redirect-uri https://rp.example/other --name Shop --expires-at never`);
    assert.match(created.client_secret, SECRET);
    assert.deepEqual([created.client_name, created.redirect_uris.length, created.client_secret_expires_at], ["Shop", 2, 0]);
    const shown = await json(`clients show ${created.client_id}`);
    assert.deepEqual([shown.client_name, shown.expires_at, shown.client_secret, shown.registration_access_token], ["Shop", 0, undefined, undefined]);
    const text = await run(`clients show ${created.client_id}`);
    assert.match(text.out, /^client_name +Shop$/m);
    assert.match(text.out, /^expires_at +never$/m);
    assert.doesNotMatch(text.out, /secret +[\w-]{43}/);

    const metadata = { redirect_uris: ["com.example.app:/cb"], client_name: "App" };
    const app = await json(`clients create ${file("app.json", metadata)} --native --public --expires-at 2030-01-31`);
    assert.deepEqual([app.application_type, app.token_endpoint_auth_method, app.client_secret], ["native", "none", undefined]);
    assert.equal((await json(`clients show ${app.client_id}`)).expires_at, Date.UTC(2030, 0, 31) / 1000);
    const piped = await run("clients create -", { input: JSON.stringify({ ...metadata, application_type: "native" }) });
    assert.match(piped.out, /^client_secret +[\w-]{43}$/m);
    assert.match(piped.out, /not shown again/);
  });

  test("are listed, all of them or page by page", async () => {
    const before = (await json("clients list")).clients.length;
    for (let i = 0; i < 3; i++) await register(op, { client_name: `Client ${i}` });
    const all = await json("clients list");
    assert.equal(all.clients.length, before + 3);
    const page = await json("clients list --limit 2");
    assert.equal(page.clients.length, 2);
    const rest = await json(`clients list --cursor ${page.cursor} --limit 100`);
    assert.equal(rest.clients.length, before + 1);
    const table = rows(await run("clients list"));
    assert.deepEqual(table[0], ["CLIENT_ID", "NAME", "AUTHENTICATION", "EXPIRES", "REDIRECT URIS"]);
    assert.equal(table.length, before + 4);
    assert.ok(table.some((row) => row[1] === "Client 1" && row[4] === CALLBACK));
    assert.match((await run("clients list --limit 1")).out, /There are more: --cursor \S+\n$/);
  });

  test("are changed by options, or replaced by a file", async () => {
    const client = await register(op, { contacts: ["ops@rp.example"] });
    const renamed = await json(`clients update ${client.client_id} --name Renamed`);
    assert.deepEqual([renamed.client_name, renamed.contacts], ["Renamed", ["ops@rp.example"]]);
    const replaced = await json(`clients update ${client.client_id} ${file("new.json", { redirect_uris: [CALLBACK] })}`);
    assert.deepEqual([replaced.client_name, replaced.contacts], [undefined, undefined]);
    await createUser(op, "diana", DIANA);
    await tokens(op, client, await flow(op, client)); // with its secret of before
  });

  test("get another secret, and the old one stops", async () => {
    const client = await register(op);
    await createUser(op, "diana", DIANA);
    const done = await flow(op, client);
    const { client_secret } = await json(`clients rotate-secret ${client.client_id}`);
    assert.match(client_secret, SECRET);
    assert.equal((await redeem(op, client, done)).status, 401);
    await tokens(op, { ...client, client_secret }, done);
    assert.match((await run(`clients rotate-secret ${client.client_id}`)).out, /^[\w-]{43}\n\n.*not shown again/);
  });

  test("are published again, one or all of them", async () => {
    const client = await register(op);
    const { published } = await json("clients publish");
    assert.ok(published.includes(client.client_id));
    assert.match((await run(`clients publish ${client.client_id}`)).out, new RegExp(`^PUBLISHED\n${client.client_id}\n`));
  });

  test("have a policy", async () => {
    const client = await register(op);
    await run(`clients policy ${client.client_id} ${file("policy.json", { allowed_scopes: ["openid"] })}`);
    assert.deepEqual((await json(`clients policy ${client.client_id}`)).allowed_scopes, ["openid"]);
    await fails(`clients policy ${client.client_id} ${file("none.json", { skip_consent: true })}`, 1, /skip_consent: /);
  });

  test("are deleted only when somebody means it", async () => {
    const client = await register(op);
    await fails(`clients delete ${client.client_id}`, 2, /cannot be undone[^]*--yes/);
    assert.equal((await json(`clients show ${client.client_id}`)).client_id, client.client_id);
    await run(`clients delete ${client.client_id} --yes`);
    for (const words of ["show", "delete --yes", "rotate-secret", "publish", "update --name x"]) {
      const [command, ...options] = words.split(" ");
      await fails(["clients", command, client.client_id, ...options], 1, /there is no client/);
    }
  });

  test("have ids that begin like options", async () => {
    const ids = ["-Cy1uPoGa1P_O_sHG8DwRxV6", "-h1uPoGa1P_O_sHG8DwRxV60", "--1uPoGa1P_O_sHG8DwRxV60"];
    const record = { client_secret: "x".repeat(32), redirect_uris: [CALLBACK] };
    await run("import -", { input: JSON.stringify(Object.fromEntries(ids.map((id) => [id, record]))) });
    for (const id of ids) {
      assert.equal((await json(`clients show ${id}`)).client_id, id);
      assert.equal((await json(`clients update ${id} --name -N`)).client_name, "-N");
      await run(`clients delete ${id} --yes`);
    }
  });

  test("that are none are refused with the name of what is wrong", async () => {
    await fails("clients create", 2, /--redirect-uri/);
    await fails("clients create --redirect-uri http://rp.example/cb#x", 1, /redirect_uris: /);
    await fails(`clients create ${file("bad.json", { redirect_uris: [CALLBACK], default_max_age: "1" })}`, 1, /default_max_age: /);
    await fails(`clients create --redirect-uri ${CALLBACK} --expires-at soon`, 2, /--expires-at "soon"/);
    await fails(`clients create --redirect-uri ${CALLBACK} --expires-at 12`, 1, /expires_at: /);
    await fails(`clients update ${(await register(op)).client_id}`, 2, /nothing is said/);
    await fails("clients list --limit 0", 1, /limit: /);
  });
});

describe("users", () => {
  test("are created with a password from standard input, and not twice", async () => {
    const claims = file("claims.json", { name: "Erik", email: "erik@example.org" });
    const made = await json(`users create erik --claims ${claims}`, { input: `${PASSWORD}\nnot read\n` });
    assert.deepEqual(made, { username: "erik", disabled: false, claims: { name: "Erik", email: "erik@example.org" } });
    assert.ok(await canSignIn("erik", PASSWORD));
    await fails("users create erik", 1, /there is a user erik already/, { input: ANOTHER_PASSWORD });
    assert.ok(await canSignIn("erik", PASSWORD));
    await run("users create nopassword --no-password");
    await fails("users create empty", 1, /no password/);
    await fails("users show empty", 1, /there is no user empty/);
    await fails("users create long", 1, /password: /, { input: "p".repeat(2000) });
    await fails(["users", "create", "a b", "--no-password"], 1, /username: /);
  });

  test("get another password", async () => {
    await createUser(op, "frida", DIANA);
    await run("users password frida", { input: ANOTHER_PASSWORD });
    assert.deepEqual([await canSignIn("frida", ANOTHER_PASSWORD), await canSignIn("frida", PASSWORD)], [true, false]);
    await fails("users password nobody", 1, /there is no user nobody/, { input: ANOTHER_PASSWORD });
    assert.equal((await admin(op, "/admin/users/nobody")).status, 404);
  });

  test("get a password at a terminal that shows nothing of it", async () => {
    await createUser(op, "greta", DIANA);
    const typed = (once) => [["New password for greta: ", `x\x7f${ANOTHER_PASSWORD}\r`], ["Once more: ", `${once}\r`]];
    const done = await atTerminal(["users", "password", "greta"], { env, answers: typed(ANOTHER_PASSWORD) });
    assert.equal(done.code, 0, done.screen);
    assert.doesNotMatch(done.screen, /another|\*/);
    assert.ok(await canSignIn("greta", ANOTHER_PASSWORD));
    const mistyped = await atTerminal(["users", "password", "greta"], { env, answers: typed("something else") });
    assert.deepEqual([mistyped.code, /not the same/.test(mistyped.screen)], [1, true]);
    const interrupted = await atTerminal(["users", "password", "greta"], { env, answers: [["New password", "abc\x03"]] });
    assert.deepEqual([interrupted.code, /interrupted/.test(interrupted.screen)], [1, true]);
    assert.ok(await canSignIn("greta", ANOTHER_PASSWORD));
  });

  test("have claims, and can be disabled and enabled", async () => {
    await createUser(op, "hanna", DIANA);
    assert.deepEqual((await json(`users claims hanna ${file("hanna.json", { name: "Hanna" })}`)).claims, { name: "Hanna" });
    assert.deepEqual((await json("users claims hanna -", { input: '{"nickname":"H"}' })).claims, { nickname: "H" });
    const client = await register(op);
    const { access_token } = await tokens(op, client, await flow(op, client, { username: "hanna" }));
    assert.match((await run("users disable hanna")).out, /^state +disabled$/m);
    assert.equal((await userinfo(op, access_token)).status, 401);
    assert.match((await run("users enable hanna")).out, /^state +active$/m);
    assert.match((await run("users show hanna")).out, /^claim nickname +H$/m);
    for (const words of ["claims nobody -", "disable nobody", "enable nobody", "show nobody"]) {
      await fails(`users ${words}`, 1, /there is no user nobody/, { input: "{}" });
    }
    assert.equal((await admin(op, "/admin/users/nobody")).status, 404, "a mistyped name makes no account");
  });

  test("are deleted with everything of them", async () => {
    await createUser(op, "ida", DIANA);
    const client = await register(op);
    const { access_token } = await tokens(op, client, await flow(op, client, { username: "ida" }));
    await fails("users delete ida", 2, /--yes/);
    const kept = await atTerminal(["users", "delete", "ida"], { env, answers: [["[y/N] ", "n\r"]] });
    assert.deepEqual([kept.code, /nothing has changed/.test(kept.screen)], [1, true]);
    assert.equal((await userinfo(op, access_token)).status, 200);
    const gone = await atTerminal(["users", "delete", "ida"], { env, answers: [["[y/N] ", "y\r"]] });
    assert.deepEqual([gone.code, /ida is deleted/.test(gone.screen)], [0, true]);
    assert.equal((await userinfo(op, access_token)).status, 401);
    await fails("users delete ida --yes", 1, /there is no user ida/);
  });

  test("have names of any kind", async () => {
    for (const name of ["a/b", "x@example.com", "..", "åsa", "-dash"]) {
      const words = ["users", "create", "--no-password", "--json", "--", name];
      assert.equal((await treeline(words, { env })).json().username, name);
      assert.equal((await treeline(["users", "show", "--json", "--", name], { env })).json().username, name);
    }
  });

  test("cannot move the cursor", async () => {
    const claims = { name: "A\u001b[2JB\u202eC", "x\u009b": "y" };
    const shown = await run("users create evil --no-password --claims -", { input: JSON.stringify(claims) });
    assert.match(shown.out, /A\\u001b\[2JB\\u202eC/);
    const done = await run("users show evil --json");
    for (const { out } of [shown, done]) assert.doesNotMatch(out.replaceAll("\n", ""), /[\p{Cc}\p{Cf}]/u);
    assert.deepEqual(done.json().claims, claims);
  });
});

describe("sessions", () => {
  let client, bought;
  before(async () => {
    await createUser(op, "rigo", DIANA);
    client = await register(op, { backchannel_logout_uri: receiver.url("/rigo"), grant_types: ["authorization_code", "refresh_token"] });
    bought = await tokens(op, client, await flow(op, client, { username: "rigo" }));
  });

  test("are shown as a tree, by ids and without anything that works", async () => {
    const tree = await json("sessions show rigo");
    const [{ grants: [grant] }] = tree.clients;
    assert.deepEqual([tree.username, tree.clients.length, tree.clients[0].client_id, grant.tokens.length], ["rigo", 1, client.client_id, 3]);
    const text = await run("sessions show rigo");
    const table = rows(text).map(([, ...cells]) => cells);
    assert.deepEqual(text.out.match(/^ *\w+/gm).slice(0, 3), ["NODE", "client", "  grant"]);
    assert.ok(table.some((cells) => cells.includes(grant.id) && cells.includes("live")));
    const dump = JSON.stringify(await sessions(op, "rigo"));
    const values = [...dump.matchAll(/"value":"([^"]+)"/g)].map(([, value]) => value.split(".").at(1) ?? value);
    assert.ok(values.length >= 3);
    for (const value of [...values, bought.refresh_token]) assert.ok(!(text.out + JSON.stringify(tree)).includes(value));
    await run("users create newcomer --no-password");
    assert.match((await run("sessions show newcomer")).out, /has been at no client/);
  });

  test("are listed by sign-in and by consent", async () => {
    const { logins } = await json("sessions logins rigo");
    assert.equal(logins.length, 1);
    assert.ok(rows(await run("sessions logins rigo"))[1].includes(logins[0].id));
    assert.equal((await json("sessions consents rigo")).consents[0].client_id, client.client_id);
    assert.match((await run("sessions deliveries rigo")).out, /No application is owed/);
  });

  test("are revoked node by node, and the applications are told", async () => {
    const [{ grants: [{ tokens: [, access] }] }] = (await json("sessions show rigo")).clients;
    assert.equal(access.type, "access_token");
    await run(`sessions revoke rigo tokens ${access.id}`);
    assert.equal((await userinfo(op, bought.access_token)).status, 401);
    assert.match((await run("sessions show rigo")).out, new RegExp(`access_token +${access.id} +revoked`));
    assert.match((await run("sessions revoke rigo")).out, /signed out everywhere/);
    await receiver.next("/rigo");
    const { deliveries } = await json("sessions deliveries rigo");
    assert.equal(deliveries.length, 1);
    assert.ok(rows(await run("sessions deliveries rigo"))[1].includes(deliveries[0].jti));
  });

  test("leave a trail", async () => {
    const { audit } = await json("sessions audit rigo");
    assert.deepEqual(audit.map(({ event }) => event), ["revoked", "revoked", "consented", "signed_in"]);
    assert.match((await run("sessions audit rigo")).out, /revoked +- +node user/);
  });

  test("that are none are named", async () => {
    await fails("sessions revoke rigo grants 0123456789abcdef0123456789abcdef", 1, /no such node: grants 0123/);
    await fails("sessions revoke rigo grants", 2, /the kinds are/);
    await fails("sessions revoke rigo codes x", 2, /the kinds are/);
    for (const words of ["show", "logins", "consents", "deliveries", "audit", "revoke"]) await fails(`sessions ${words} nobody`, 1, /there is no user nobody/);
  });
});

describe("the rest", () => {
  test("keys are listed and rotated", async () => {
    const { keys } = await json("keys list");
    assert.equal(rows(await run("keys list")).length, keys.length + 1);
    const rotated = await json("keys rotate");
    assert.ok(rotated.keys.filter(({ state }) => state === "next").length > 3);
  });

  test("clients and sessions are taken over", async () => {
    const record = { "an-old-client": { client_secret: "x".repeat(32), redirect_uris: [CALLBACK] } };
    assert.deepEqual((await json(`import ${file("clients.json", record)}`)).clients, ["an-old-client"]);
    assert.match((await run("import -", { input: JSON.stringify(record) })).out, /^left_alone +an-old-client$/m);
    assert.equal((await json("clients show an-old-client")).client_id, "an-old-client");
    await fails(`import ${file("wrong.json", { shop: 1 })}`, 1, /shop: /);
    await fails("import -", 1, /not JSON/, { input: "{" });
    await fails("import -", 1, /JSON object/, { input: "[]" });
    await fails(`import ${join(scratch, "nothing")}`, 1, /nothing cannot be read: ENOENT/);
  });

  test("everything that can be said is said", async () => {
    for (const words of ["", "help", "--help", "users", "help users"]) {
      const { out, code } = await treeline(words.split(" ").filter(Boolean));
      assert.deepEqual([code, /users create NAME/.test(out)], [0, true], words);
    }
    for (const words of ["help clients create", "clients create --help", "--help clients create"]) {
      const { out, code } = await treeline(words.split(" "));
      assert.deepEqual([code, /--redirect-uri URI/.test(out)], [0, true], words);
    }
    for (const [words, expected] of [["frobnicate", /no command "frobnicate"/], ["users frobnicate", /no command "users frobnicate"/], ["users show", /needs NAME/],
      ["users show a b", /takes no "b"/], ["users show a --limit 3", /takes no --limit/], ["keys list --frob", /--frob/], ["keys list --issuer", /--issuer/]]) {
      await fails(words, 2, expected);
    }
  });
});

describe("the provider", () => {
  test("is the one that options or the environment name", async () => {
    const token = file("token", `${op.adminToken}\n`);
    for (const [words, of] of [[`--issuer ${op.issuer} --token-file ${token} keys list`, {}], [`keys list --issuer ${op.issuer}/`, { TREELINE_ADMIN_TOKEN: op.adminToken }],
      [`keys list --token-file ${token}`, { ...env, TREELINE_ADMIN_TOKEN: "wrong" }]]) {
      await run(words, { env: of });
    }
  });

  test("is that of npm start where nobody says anything else", async () => {
    const vars = file("dev.vars", `SEAL_KEY=x\nADMIN_TOKEN=${op.adminToken}\n`);
    const own = { DEV_VARS: vars, PORT: new URL(op.issuer).port };
    await run("keys list", { env: own });
    await run("keys list", { env: { DEV_VARS: vars, ISSUER: op.issuer } });
    // Its token goes nowhere else.
    await fails("keys list --issuer https://other.example", 2, /no admin token/, { env: own });
    await fails("keys list", 2, /no provider is named/, { env: { ...own, TREELINE_ADMIN_TOKEN: "x" } });
    await fails("keys list", 2, /no provider is named/, { env: { DEV_VARS: join(scratch, "nothing") } });
  });

  test("never gets its token by the command line, nor where others could read it", async () => {
    for (const word of [`--token=${op.adminToken}`, `--admin-token=${op.adminToken}`]) await fails(["keys", "list", word], 2, /--token-file/);
    for (const issuer of ["http://login.example.com", "ftp://localhost", "localhost:8787", "https://login.example.com/path", "https://a:b@login.example.com"]) {
      await fails(["keys", "list", "--issuer", issuer], 2, /issuer/);
    }
  });

  test("that does not take the token, or is not there, or is another, is told from one that refuses", async () => {
    await fails("keys list", 1, /does not take this admin token[^]*ADMIN_TOKEN/, { env: { ...env, TREELINE_ADMIN_TOKEN: "x".repeat(40) } });
    await fails("keys list", 3, /cannot be reached[^]*running/, { env: { ...env, TREELINE_ISSUER: `http://localhost:${await freePort()}` } });
    await op.breakObjects("USERS", "throw");
    await fails("users show diana", 3, /logged as[^]*log/);
    await op.breakObjects("USERS", null);

    const answers = [[302, { location: "http://localhost:1/" }, ""], [200, {}, "<html>"], [404, {}, "nothing"], [413, {}, ""]];
    const seen = [];
    const other = createServer((request, response) => {
      seen.push(request.url);
      const [status, headers, text] = answers[seen.length - 1];
      response.writeHead(status, headers).end(text);
    });
    await new Promise((resolve) => other.listen(0, "127.0.0.1", resolve));
    const there = { env: { ...env, TREELINE_ISSUER: `http://127.0.0.1:${other.address().port}` } };
    await fails("keys list", 3, /status 302[^]*Treeline provider/, there);
    await fails("keys list", 3, /status 200[^]*Treeline provider/, there);
    await fails("keys list", 1, /no such thing/, there);
    await fails("import -", 1, /too large/, { ...there, input: "{}" });
    assert.deepEqual(seen, ["/admin/keys", "/admin/keys", "/admin/keys", "/admin/import"]);
    await new Promise((resolve) => other.close(resolve).closeAllConnections());
  });

  test("that has had too many wrong tokens says when to come again", async (t) => {
    const strict = await startProvider({ vars: { ADMIN_LIMIT: 1 } });
    t.after(() => strict.stop());
    const wrong = { env: { TREELINE_ISSUER: strict.issuer, TREELINE_ADMIN_TOKEN: "x".repeat(40) } };
    await fails("keys list", 1, /does not take this admin token/, wrong);
    await fails("keys list", 1, /too many wrong admin tokens[^]*try again in \d+ seconds/, wrong);
  });
});
