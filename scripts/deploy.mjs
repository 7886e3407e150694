// `npm run deploy`: walks an operator through it. `npm run deploy -- --help` says which options there are.
//   TREELINE_WRANGLER  another wrangler than the one that package-lock.json pins
import { endWithParent, preparedEnv } from "./groups.mjs";
import { readOptions, USAGE } from "./deploy/options.mjs";
import { Problem } from "./deploy/problem.mjs";

/** The walk needs what the set-up brings: wrangler, the newer Node that it asks for, and what builds the Worker. A check needs none of it. */
async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options.help) return console.log(USAGE);
  let env = process.env;
  if (!options.checkOnly) {
    endWithParent();
    env = (await preparedEnv()) ?? fail("the set-up failed");
  }
  const { walk } = await import("./deploy/walk.mjs").catch((error) => {
    throw error.code === "ERR_MODULE_NOT_FOUND" ? new Problem("its packages are missing: run `npm ci`") : error;
  });
  if (!(await walk(options, env))) process.exitCode = 1;
}

function fail(reason) {
  throw new Problem(reason);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  for (const finding of error.findings) console.error(finding);
  process.exitCode = 1;
}
