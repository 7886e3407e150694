// What stands on the command line.
import { parseArgs } from "node:util";
import { Problem } from "./problem.mjs";

export const ROTATABLE = ["SEAL_KEY", "KEY_ENCRYPTION_KEY", "ADMIN_TOKEN", "REGISTRATION_TOKEN"];

export const USAGE = `npm run deploy -- [options]

  --env NAME           the environment of wrangler.toml: staging, production or another (default: production, the top level)
  --issuer https://…   the issuer; it is written into wrangler.toml
  --dry-run            say what would be done; needs no account and changes nothing
  --yes                ask nothing
  --check-only         only check the deployed issuer
  --wait SECONDS       how long the check waits for DNS and the certificate (default: 60)
  --rotate SECRET      a new ${ROTATABLE.join(", ")}
  --save-secrets FILE  keep the secrets that are made in a new file that only you can read
  --config FILE        another wrangler.toml`;

const OPTIONS = {
  env: { type: "string", default: "production" },
  issuer: { type: "string" },
  "dry-run": { type: "boolean", default: false },
  yes: { type: "boolean", default: false },
  "check-only": { type: "boolean", default: false },
  wait: { type: "string", default: "60" },
  rotate: { type: "string" },
  "save-secrets": { type: "string" },
  config: { type: "string", default: "wrangler.toml" },
  help: { type: "boolean", default: false },
};

/** Reads the arguments: { env, issuer, dryRun, yes, checkOnly, wait, rotate, saveSecrets, config, help }. */
export function readOptions(args) {
  const { "dry-run": dryRun, "check-only": checkOnly, "save-secrets": saveSecrets, wait, ...rest } = parse(args);
  if (!/^\d{1,4}$/.test(wait)) throw new Problem(`--wait is ${wait}; it has to be a number of seconds`);
  if (rest.rotate === "SUBJECT_SALT") {
    throw new Problem("--rotate: SUBJECT_SALT never changes, because with another one every app takes every user for a new one");
  }
  if (rest.rotate !== undefined && !ROTATABLE.includes(rest.rotate)) {
    throw new Problem(`--rotate is ${rest.rotate}; it has to be one of ${ROTATABLE.join(", ")}`);
  }
  if (checkOnly && (dryRun || rest.rotate)) throw new Problem("--check-only stands without --dry-run and --rotate");
  if (rest.rotate && rest.issuer) throw new Problem("--rotate stands without --issuer");
  return { ...rest, dryRun, checkOnly, saveSecrets, wait: Number(wait) };
}

function parse(args) {
  try {
    return parseArgs({ args, options: OPTIONS }).values;
  } catch (error) {
    throw new Problem(error.message, USAGE);
  }
}
