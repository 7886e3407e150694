// What the pages of the documentation say about deploying is so: their commands run, their configuration passes, their ranges are the Worker's.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { RANGES, ZERO_TOO } from "../../scripts/deploy/variables.mjs";
import { root } from "./harness/config.mjs";
import { startProvider } from "./harness/provider.mjs";
import { deploy, deployment, operatorToml, projectToml } from "./support/deployment.mjs";
import { pages, parts, steps, textOf } from "./support/docs.mjs";

const PROVIDERS_AT_ONCE = 4;

// What the pages call login.example.com and ACCOUNT is somebody's own.
const own = (text) => text.replaceAll("login.example.com", "login.treeline.test").replaceAll("ACCOUNT", "diana");
const everyCommand = pages.flatMap(steps).map(({ command }) => command ?? "");
const matches = (pattern) => [...new Set(everyCommand.flatMap((command) => command.match(pattern)?.[0] ?? []))];
const blocks = parts("docs/setup/deploying.md").filter(({ kind }) => kind === "block").map(({ text }) => text);
const block = (begins) => {
  const found = blocks.find((text) => text.startsWith(begins));
  assert.ok(found, `no block begins with ${begins}`);
  return `${own(found)}\n`;
};
const withStaging = () => `${operatorToml()}\n${block("[env.staging]")}`;

const commands = matches(/npm run deploy( -- .*)?$/);
test("the pages have commands to run", () => assert.ok(commands.length > 8, commands.join("\n")));

for (const command of commands) {
  test(`${command}: runs`, async (t) => {
    const args = own(command).split(" ").slice(4);
    // A check asks a deployed issuer, and there is none: it comes as far as that.
    const isCheck = args.includes("--check-only");
    const stage = isCheck ? ["--wait", "0"] : args.includes("--dry-run") || args.includes("--help") ? [] : ["--dry-run"];
    const { code, text } = await deploy(deployment(t, withStaging()), [...args, ...stage], { answers: {} });
    assert.equal(code, isCheck ? 1 : 0, text);
    assert.match(text, isCheck ? /WRONG +login.treeline.test / : /a dry run: nothing was done|--check-only +only check/);
  });
}

test("the first command of the page works on the configuration as it comes", async (t) => {
  const [first] = commands.filter((command) => command.includes("--issuer"));
  const { code, text } = await deploy(deployment(t, projectToml()), [...own(first).split(" ").slice(4)]);
  assert.equal(code, 0, text);
});

test("the staging environment of the page passes wrangler's own dry run", async (t) => {
  const { code, text } = await deploy(deployment(t, withStaging()), ["--dry-run", "--env", "staging"]);
  assert.equal(code, 0, text);
  assert.match(text, /the Worker treeline-staging is https:\/\/treeline-staging\.diana\.workers\.dev/);
});

test("the lines for a domain of one's own pass", async (t) => {
  const toml = `${block("workers_dev = false")}${own(projectToml())}`;
  const { code, text } = await deploy(deployment(t, toml), ["--dry-run"], { answers: {} });
  assert.equal(code, 0, text);
});

test("every other command of wrangler's that the pages name is one of this wrangler's", () => {
  const named = matches(/(?<=^(npx )?wrangler )[a-z]+( [a-z]+)?/);
  assert.ok(named.length > 3, named.join());
  for (const command of named) {
    const said = execFileSync(join(root, "node_modules/.bin/wrangler"), [...command.split(" "), "--help"], { cwd: root, encoding: "utf8", env: { ...process.env, WRANGLER_SEND_METRICS: "false" } });
    assert.ok(said.includes(`wrangler ${command}`), `${command}: ${said.slice(0, 200)}`);
  }
});

test("the page on configuration has every range", () => {
  const rows = textOf("docs/setup/configuration.md").split("\n");
  for (const [name, [, most]] of Object.entries(RANGES)) {
    const row = rows.find((line) => line.startsWith(`| \`${name}\``));
    assert.ok(row?.includes(String(most)), `${name}: ${row}`);
  }
});

/** Whether the Worker starts with these variables. */
async function starts(vars) {
  const op = await startProvider({ vars, plain: true });
  try {
    return (await op.request("/.well-known/openid-configuration")).status === 200;
  } finally {
    await op.stop();
  }
}

test("the ranges are the Worker's own", async () => {
  const all = (end) => Object.fromEntries(Object.entries(RANGES).map(([name, range]) => [name, String(range[end])]));
  assert.ok(await starts(all(0)), "the least of all is refused");
  assert.ok(await starts(all(1)), "the most of all is refused");
  assert.ok(await starts(Object.fromEntries(ZERO_TOO.map((name) => [name, "0"]))), "0 is refused");
  const outside = Object.entries(RANGES).flatMap(([name, [least, most]]) => [[name, least - 1], [name, most + 1]]);
  while (outside.length) {
    const some = outside.splice(0, PROVIDERS_AT_ONCE);
    const started = await Promise.all(some.map(([name, value]) => starts({ [name]: String(value) })));
    started.forEach((yes, i) => assert.ok(!yes, `${some[i].join(" = ")} is accepted`));
  }
});
