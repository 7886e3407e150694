// The Worker's secrets: what each looks like, how one is made, and which a deployment has to bring.
import { randomBytes } from "node:crypto";
import { Problem } from "./problem.mjs";
import { askHidden, isTerminal, note } from "./terminal.mjs";

const key = { make: () => randomBytes(32).toString("base64url"), says: "32 bytes in base64url (43 characters)", holds: isKey };
const token = { make: () => randomBytes(32).toString("base64url"), says: "at least 32 characters", holds: (text) => text.length >= 32 };
const salt = { make: () => randomBytes(16).toString("hex"), says: "some text", holds: (text) => text.length > 0 };

const SECRETS = {
  SEAL_KEY: key,
  KEY_ENCRYPTION_KEY: key,
  SUBJECT_SALT: salt,
  ADMIN_TOKEN: token,
  REGISTRATION_TOKEN: token,
};

/** What is stored was made with these: another one makes it worthless. */
const DATA_HANGS_ON = ["SEAL_KEY", "SUBJECT_SALT"];
/** The operator uses these, the others are for the Worker alone. */
export const FOR_THE_OPERATOR = ["ADMIN_TOKEN", "REGISTRATION_TOKEN"];

function isKey(text) {
  const bytes = Buffer.from(text, "base64url");
  return bytes.length === 32 && bytes.toString("base64url") === text;
}

/** A fresh value. */
export const make = (name) => SECRETS[name].make();

/** A value that the operator brings, if it has the form that it has to have. */
export function inForm(name, value) {
  if (SECRETS[name].holds(value)) return value;
  throw new Problem(`${name} has to be ${SECRETS[name].says}; what was given is not`);
}

/** What a provider does without; setting one where there is data already changes how it works, so that takes a command of its own. */
const OPTIONAL = {
  KEY_ENCRYPTION_KEY: "SEAL_KEY seals the signing keys",
  REGISTRATION_TOKEN: "only the operator registers clients",
};

/**
 * Which secrets a deployment uploads: `there` are the names that the Worker has, undefined where there is no Worker yet; `registration` is open or token.
 * { made, asked, notes }: those that are made, and those that have to come from the operator because data hangs on them.
 */
export function planSecrets(there, registration) {
  const names = Object.keys(SECRETS).filter((name) => name !== "REGISTRATION_TOKEN" || registration === "token");
  const missing = names.filter((name) => !there?.includes(name));
  if (!there?.length) return { made: missing, asked: [], notes: [] };
  const left = missing.filter((name) => OPTIONAL[name]);
  return {
    made: missing.filter((name) => !OPTIONAL[name] && !DATA_HANGS_ON.includes(name)),
    asked: missing.filter((name) => DATA_HANGS_ON.includes(name)),
    notes: left.map((name) => `${name} is not set, so ${OPTIONAL[name]}; --rotate ${name} sets one`),
  };
}

/** The values for a plan. The environment may bring those that nobody can make anew: a provider that is taken over, or one whose secrets were lost. */
export async function fulfil({ made, asked }) {
  const values = {};
  for (const name of asked) values[name] = await bring(name);
  for (const name of made) {
    const given = FOR_THE_OPERATOR.includes(name) ? undefined : process.env[name];
    if (given) note(`${name} is taken from the environment`);
    values[name] = given ? inForm(name, given) : make(name);
  }
  return values;
}

async function bring(name) {
  const why = `this Worker has secrets but no ${name}, and what it has stored hangs on the one that it had: with another, ${
    name === "SEAL_KEY" ? "every session, client secret and signing key is lost" : "every app takes every user for a new one"}`;
  if (process.env[name]) return inForm(name, process.env[name]);
  if (!isTerminal()) throw new Problem(`${why}. Set the environment variable ${name} to its value and run this again`);
  note(`${why}.`);
  const answer = (await askHidden(`${name} as it was, or "new" if this Worker has never had a user: `)).trim();
  return answer === "new" ? make(name) : inForm(name, answer);
}

/** The present value of a secret, which cannot be read back from Cloudflare. */
export async function presentValue(name) {
  const given = process.env[name] || (isTerminal() ? (await askHidden(`the present ${name} (it is not shown): `)).trim() : "");
  if (!given) throw new Problem(`the present ${name} is needed, and Cloudflare does not give it back: set the environment variable ${name} to it`);
  return inForm(name, given);
}
