// Every command of the documentation is run: here, in the order of its page and against a real provider, or by the test that ELSEWHERE names.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "./harness/config.mjs";
import { freePort, request } from "./harness/http.mjs";
import { isAssignment, pages, steps, textOf } from "./support/docs.mjs";
import { assertArrived, assertShown, json, startShell } from "./support/docs_shell.mjs";
import { run, said } from "./support/npm.mjs";
import { admin, flow, random, register, tokens } from "./support/relying_party.mjs";

const DEPLOY = ["tests/worker/deployment_docs.test.mjs", "for (const command of commands)"];
const WRANGLER = ["tests/worker/deployment_docs.test.mjs", "for (const command of named)"];
const STARTS = ["tests/worker/docs.test.mjs", "for (const command of starts)"];
const FILES = ["scripts/test.mjs", 'testFiles("worker"), ...testFiles("browser")'];
const CARGO = ["scripts/test.mjs", 'group("cargo", ["test"'];
const ITSELF = ["package.json", '"scripts"'];
const BENCH = "tests/worker/bench.test.mjs";

// What is not run on its page's provider: the file that runs it, and the words there by which it does.
const ELSEWHERE = {
  "npm start": ["tests/worker/start.test.mjs", 'run("start"'],
  "ISSUER=https://login.test npm start": STARTS,
  "PORT=8790 SIGN_UP=closed npm start": STARTS,
  "npm run example": ["tests/browser/example.test.mjs", 'run("example"'],
  "npm run build": ["scripts/test.mjs", '"scripts/build.sh"'],
  "npm test": ITSELF,
  "npm run bench": ITSELF,
  "npm run bench -- --help": [BENCH, 'run("--help"'],
  "npm run bench -- --short": [BENCH, 'run("--short"'],
  "npm run admin --": ["tests/worker/docs.test.mjs", "shell.run(command)"],
  "npx treeline": ["tests/worker/cli.test.mjs", "every command"],

  "cargo test": CARGO,
  "cargo test --test it flow::codes": CARGO,
  "PROPTEST_CASES=1000000 cargo test --release --test model the_tree": CARGO,
  "scripts/toolchain.sh COMMAND": ["scripts/groups.mjs", '"scripts/toolchain.sh"'],
  "scripts/toolchain.sh node --test tests/worker/token.test.mjs": FILES,
  "scripts/toolchain.sh --tests node --test --test-concurrency=1 tests/worker/certification/*.test.mjs": FILES,
  "scripts/toolchain.sh --tests node --test tests/browser/*.test.mjs": FILES,
  "scripts/toolchain.sh --tests node --test tests/worker/interchange*.test.mjs": FILES,

  "npm run deploy": DEPLOY,
  "npm run deploy -- --issuer https://login.example.com": DEPLOY,
  "npm run deploy -- --issuer https://login.example.com --dry-run": DEPLOY,
  "npm run deploy -- --help": DEPLOY,
  "npm run deploy -- --yes --save-secrets ../treeline-secrets": DEPLOY,
  "npm run deploy -- --env staging": DEPLOY,
  "npm run deploy -- --rotate ADMIN_TOKEN": DEPLOY,
  "npm run deploy -- --rotate REGISTRATION_TOKEN": DEPLOY,
  "npm run deploy -- --rotate SEAL_KEY": DEPLOY,
  "npm run deploy -- --rotate KEY_ENCRYPTION_KEY": DEPLOY,
  "npm run deploy -- --check-only": DEPLOY,
  "SUBJECT_SALT='...' npm run deploy": ["tests/worker/deployment_steps.test.mjs", "env: { SUBJECT_SALT:"],

  // These need an account. That this wrangler has them is looked at there.
  "npx wrangler login": WRANGLER,
  "npx wrangler tail": WRANGLER,
  "npx wrangler rollback": WRANGLER,
  "npx wrangler secret delete REGISTRATION_TOKEN": WRANGLER,
  "npx wrangler secret delete SEAL_KEY_PREVIOUS": WRANGLER,
  "npx wrangler secret put ADMIN_TOKEN": WRANGLER,
  "npx wrangler secret put CLIENT_SECRET -c examples/edge-app/wrangler.toml": WRANGLER,
  "npx wrangler secret put SEAL_KEY_PREVIOUS": WRANGLER,
  "npx wrangler deploy -c examples/edge-api/wrangler.toml": WRANGLER,
  "npx wrangler deploy -c examples/edge-app/wrangler.toml": WRANGLER,
  "wrangler deploy": ["tests/worker/deployment_wrangler.test.mjs", "by wrangler itself"],
};

// What is run on its page's provider. Whatever else the pages may come to have is not tried out on somebody's account or files.
const HERE = /^(curl |python3 |npm run admin -- |rm -r \.wrangler\/state$)/;

const initialToken = random() + random();

// What a page takes for granted, beside a provider where anybody may register and diana has an account.
const GRANTED = {
  "docs/reference/cli.md": { people: false },
  "docs/setup/deploying.md": { vars: { REGISTRATION: "token", REGISTRATION_TOKEN: initialToken }, prepare: (op, shell) => (shell.values.REGISTRATION_TOKEN = initialToken) },
  "docs/setup/taking-over.md": {
    async prepare(op, shell) {
      const client = await register(op);
      await tokens(op, client, await flow(op, client));
      shell.write("clients.json", (await admin(op, "/admin/clients")).text);
      shell.write("dump.json", (await admin(op, "/admin/sessions/diana")).text);
      shell.values["NKLs..."] = Buffer.from("salt").toString("base64");
    },
  },
  "docs/topics/claims.md": { prepare: async (op, shell) => (shell.values.CLIENT_ID = (await register(op)).client_id) },
  "docs/topics/connecting.md": {
    async prepare(op, shell) {
      shell.values.APPLICATION = (await register(op)).client_id;
      shell.values.API_CLIENT_ID = (await register(op)).client_id;
    },
  },
};

const all = pages.flatMap(steps).map(({ command }) => command).filter(Boolean);
const starts = new Set(all.filter((command) => /^[A-Z_]+=.* npm start$/.test(command)));

for (const page of pages) {
  const own = steps(page).filter(({ command }) => !(command in ELSEWHERE));
  if (!own.length) continue;
  test(`${page}: ${own.length} ${own.length > 1 ? "steps, one after another" : "step"}`, async (t) => {
    const shell = await startShell(GRANTED[page]);
    t.after(() => shell.stop());
    for (const { command, address, answer } of own) {
      if (address) {
        const arrived = await shell.open(address);
        if (answer !== undefined) assertArrived(arrived, answer, shell.op);
      } else {
        assert.ok(HERE.test(command) || isAssignment(command), `nobody runs ${command}`);
        const said = await shell.run(command);
        if (answer !== undefined) assertShown(json(said), json(shell.here(answer)), `the answer to ${command}`);
      }
    }
  });
}

test("what is run elsewhere is in the pages, and run there", () => {
  for (const [command, [file, words]] of Object.entries(ELSEWHERE)) {
    assert.ok(all.includes(command), `no page has ${command}`);
    assert.ok(textOf(file).includes(words), `${file} has no ${words}`);
  }
  for (const page of Object.keys(GRANTED)) assert.ok(steps(page).length, page);
});

test("what the commands name is there", () => {
  const { scripts } = JSON.parse(textOf("package.json"));
  for (const command of all) {
    const [, script] = command.match(/npm run ([\w-]+)/) ?? command.match(/npm (start|test)/) ?? [];
    assert.ok(!script || script in scripts, command);
    for (const path of command.match(/(?:scripts|tests|examples)\/\S+/g) ?? []) {
      assert.ok(execFileSync("bash", ["-c", `compgen -G '${path}'`], { cwd: root, encoding: "utf8" }), command);
    }
    // One module of the native tests, or one test of the model.
    const [, crate, name] = command.match(/--test (\w+) ([\w:]+)$/) ?? [];
    if (crate) assert.ok(textOf(name.includes("::") ? `tests/${crate}/${name.replace("::", "/")}.rs` : `tests/${crate}.rs`).includes(name.includes("::") ? "#[test]" : `fn ${name}`), command);
  }
});

for (const command of starts) {
  test(`${command}: it is what it says`, async (t) => {
    const directory = mkdtempSync(join(tmpdir(), "treeline-docs-"));
    const port = await freePort();
    const given = Object.fromEntries([...command.matchAll(/([A-Z_]+)=(\S+)/g)].map(([, name, value]) => [name, value]));
    const npm = run("start", { PERSIST_DIR: join(directory, "state"), DEV_VARS: join(directory, "dev.vars"), ...given, PORT: String(port) });
    t.after(async () => {
      npm.kill("SIGTERM");
      await npm.ended;
      rmSync(directory, { recursive: true, force: true });
    });
    await said(npm, /^ready/m);
    const { issuer, prompt_values_supported: prompts } = (await request(`http://127.0.0.1:${port}/.well-known/openid-configuration`)).json();
    assert.deepEqual([issuer, prompts.includes("create")], [given.ISSUER ?? `http://localhost:${port}`, given.SIGN_UP !== "closed"]);
  });
}
