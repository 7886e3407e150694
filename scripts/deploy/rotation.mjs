// One secret gives way to a new one. Whatever is sealed goes on being opened: the old key stays beside the new one for a while.
import { Problem } from "./problem.mjs";
import { make, presentValue } from "./secrets.mjs";

const PREVIOUS = "SEAL_KEY_PREVIOUS";

const DAY = 86_400;
/** What the old key may have sealed, by the variable that says how long it lives, with the seconds where none does. */
const SEALED = { REFRESH_TOKEN_LIFETIME: DAY, CLIENT_LIFETIME: 30 * DAY, GRANT_LIFETIME: DAY / 2, LOGIN_LIFETIME: 3600 };
const LEAST_DAYS = 90;

/** When the old key has nothing left to open, as a day; undefined where clients live without an end. */
export function removalDay(vars, today = Date.now()) {
  const lifetimes = Object.entries(SEALED).map(([name, usual]) => Number(vars[name] ?? usual));
  if (vars.CLIENT_LIFETIME === "0") return undefined;
  const seconds = Math.max(LEAST_DAYS * DAY, ...lifetimes);
  return new Date(today + seconds * 1000 + DAY * 1000).toISOString().slice(0, 10);
}

const WHAT_FOLLOWS = {
  SEAL_KEY: `the old one is ${PREVIOUS} now and opens what it has sealed`,
  KEY_ENCRYPTION_KEY: "signing keys are sealed under it from now on",
  ADMIN_TOKEN: "the old one opens nothing any more",
  REGISTRATION_TOKEN: "the old one registers no client any more",
};

/** Refuses a rotation that would lose something; `there` are the names of the secrets that the Worker has. */
export function checkRotation(name, there) {
  if (!there) throw new Problem("--rotate: there is no such Worker yet; `npm run deploy` makes it with all its secrets");
  if (sealsWith(name, there) && there.includes(PREVIOUS)) {
    throw new Problem(`--rotate: ${PREVIOUS} is still set, so the last rotation is not over: what only it opens would be lost. ` +
      "docs/setup/deploying.md says when it may be removed");
  }
  if (name === "SEAL_KEY" && !there.includes(name)) throw new Problem("--rotate: the Worker has no SEAL_KEY; `npm run deploy` helps");
}

const sealsWith = (name, there) => name === "SEAL_KEY" || (name === "KEY_ENCRYPTION_KEY" && there.includes(name));

/** What is uploaded, in one request: { fresh, all }, `fresh` being what the operator has to keep. */
export async function rotate(name, there) {
  const old = sealsWith(name, there) ? await presentValue(name) : undefined;
  const fresh = { [name]: make(name) };
  return { fresh, all: old ? { ...fresh, [PREVIOUS]: old } : fresh };
}

/** What the operator should know now; `there` as it was before. */
export function afterRotation(name, there, { vars, environment }) {
  if (!sealsWith(name, there)) return [WHAT_FOLLOWS[name]];
  const day = removalDay(vars);
  const scope = environment ? ` --env ${environment}` : "";
  return [
    WHAT_FOLLOWS.SEAL_KEY,
    "have the signing keys followed by new ones now: POST /admin/keys/rotate",
    day
      ? `on ${day} or later nothing is left that only it opens; then: npx wrangler secret delete ${PREVIOUS}${scope}`
      : `${PREVIOUS} has to stay, because clients have no end here (CLIENT_LIFETIME is 0)`,
  ];
}
