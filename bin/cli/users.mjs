// Accounts: treeline users …
import { Failure } from "./failure.mjs";
import { confirmed, jsonObject, newPassword } from "./input.mjs";
import { fields } from "./output.mjs";

const at = (username) => `/admin/users/${encodeURIComponent(username)}`;
const missing = (username) => ({ missing: `there is no user ${username}` });

const shown = ({ username, disabled, claims }) => ({
  data: { username, disabled, claims },
  text: fields({ username, state: disabled ? "disabled" : "active", ...Object.fromEntries(Object.entries(claims).map(([name, value]) => [`claim ${name}`, value])) }),
});

/** Changes an account that there is: a PUT alone would make one of a name that was mistyped. */
async function change({ ask, args: [username] }, json) {
  await ask("GET", at(username), missing(username));
  const { body } = await ask("PUT", at(username), { json });
  return shown(body);
}

async function show({ ask, args: [username] }) {
  const { body } = await ask("GET", at(username), missing(username));
  return shown(body);
}

async function create({ ask, args: [username], options }) {
  const claims = options.claims === undefined ? {} : await jsonObject(options.claims);
  const exists = await ask("GET", at(username)).then(() => true, (failure) => {
    if (failure instanceof Failure && failure.isMissing) return false;
    throw failure;
  });
  if (exists) throw new Failure(`there is a user ${username} already`, { hint: "see users password, users claims and users enable" });
  const password = options["no-password"] ? undefined : await newPassword(username);
  const { body } = await ask("PUT", at(username), { json: { password, claims } });
  return shown(body);
}

async function password(context) {
  const [username] = context.args;
  await context.ask("GET", at(username), missing(username));
  return change(context, { password: await newPassword(username) });
}

async function remove({ ask, args: [username], options }) {
  await confirmed(`Deleting ${username}, with every session and claim,`, options);
  await ask("DELETE", at(username), missing(username));
  return { data: { deleted: username }, text: `${username} is deleted.` };
}

export const users = {
  show: { args: ["NAME"], about: "shows an account, without its password", run: show },
  create: {
    args: ["NAME"],
    about: "makes an account; the password is asked for, or is the first line of standard input",
    options: {
      claims: { type: "string", value: "FILE", about: "the claims: a JSON object" },
      "no-password": { type: "boolean", about: "nobody can sign in until it has one" },
    },
    run: create,
  },
  password: { args: ["NAME"], about: "sets another password, which is read as for create", run: password },
  claims: { args: ["NAME", "FILE"], about: "puts the claims in FILE (- is standard input) in the place of all there are", run: async (context) => change(context, { claims: await jsonObject(context.args[1]) }) },
  disable: { args: ["NAME"], about: "signs a person out everywhere; nobody can sign in until it is enabled", run: (context) => change(context, { disabled: true }) },
  enable: { args: ["NAME"], about: "lets a person sign in again", run: (context) => change(context, { disabled: false }) },
  delete: { args: ["NAME"], about: "ends an account with everything of it", options: { yes: { type: "boolean", about: "do it without a question" } }, run: remove },
};
