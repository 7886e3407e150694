// `npm test`: every check there is, in order, and one closing line that sums them up.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endWithParent, group, preparedEnv, root } from "./groups.mjs";

const TEST_LIMIT_MS = 300_000;

const began = Date.now();
const scratch = mkdtempSync(join(tmpdir(), "treeline-test-"));
const total = { passed: 0, failed: 0, skipped: 0 };
// A change that forgot Cargo.lock is noticed where nobody can commit the new one.
const locked = process.env.CI ? ["--locked"] : [];
let env;

const announce = (title) => console.log(`\n── ${title} (${Math.round((Date.now() - began) / 1000)} s)`);

function count({ passed = 0, failed = 0, skipped = 0 }, verdict) {
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
  if (verdict) console.log(verdict);
}

/** A stage that is one check: its exit code is the result. */
async function check(title, command, ...args) {
  announce(title);
  const ok = (await group(command, args, { env }).done) === 0;
  count(ok ? { passed: 1 } : { failed: 1 }, ok ? undefined : `${title}: failed`);
  return ok;
}

/** A stage of many tests. One that crashed, or ran none, has failed whatever it counted. */
function tally(title, code, results) {
  if (code !== 0 && !results.failed) count({ failed: 1 }, `${title}: ended with status ${code}`);
  else if (!results.passed && !results.failed) count({ failed: 1 }, `${title}: ran no test`);
  count(results);
}

const sum = (text, pattern) => [...text.matchAll(pattern)].reduce((all, [, number]) => all + Number(number), 0);

async function rustTests() {
  const title = "cargo test";
  announce(title);
  const child = group("cargo", ["test", ...locked, "--no-fail-fast"], { env, stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
    process.stdout.write(chunk);
  });
  const code = await child.done;
  tally(title, code, {
    passed: sum(output, /^test result: .*? (\d+) passed/gm),
    failed: sum(output, /^test result: .*? (\d+) failed/gm),
    skipped: sum(output, /^test result: .*? (\d+) ignored/gm),
  });
}

const testFiles = (folder) =>
  readdirSync(join(root, "tests"), { recursive: true })
    .map((path) => join("tests", path))
    .filter((path) => path.startsWith(join("tests", folder)) && path.endsWith(".test.mjs"))
    .sort();

async function endToEnd() {
  const title = "end to end, on workerd and in Chromium";
  announce(title);
  const tap = join(scratch, "results.tap");
  const options = ["--test-concurrency=2", `--test-timeout=${TEST_LIMIT_MS}`];
  for (const [reporter, to] of [["spec", "stdout"], ["tap", tap]]) {
    options.push(`--test-reporter=${reporter}`, `--test-reporter-destination=${to}`);
  }
  const files = [...testFiles("worker"), ...testFiles("browser")];
  if (!files.length) return tally(title, 0, {});
  const code = await group("node", ["--test", ...options, ...files], { env }).done;
  const results = readFileSync(tap, "utf8");
  const last = (name) => Number([...results.matchAll(new RegExp(`^# ${name} (\\d+)$`, "gm"))].at(-1)?.[1] ?? 0);
  tally(title, code, { passed: last("pass"), failed: last("fail") + last("cancelled"), skipped: last("skipped") + last("todo") });
}

function close() {
  rmSync(scratch, { recursive: true, force: true });
  const { passed, failed, skipped } = total;
  console.log(`\n${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ""}`);
  process.exitCode = failed ? 1 : 0;
}

endWithParent();
announce("set-up");
env = await preparedEnv("--tests");
if (env) {
  await check("cargo fmt", "cargo", "fmt", "--all", "--check");
  await check("clippy", "cargo", "clippy", ...locked, "--workspace", "--all-targets", "--", "-D", "warnings");
  await rustTests();
  if (await check("build of the Worker", "bash", "scripts/build.sh")) await endToEnd();
} else {
  count({ failed: 1 }, "the set-up failed");
}
close();
