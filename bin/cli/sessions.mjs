// A person's sessions: treeline sessions …
import { misused } from "./failure.mjs";
import { moment, table } from "./output.mjs";

const KINDS = ["clients", "grants", "tokens", "logins", "consents"];

const at = (username, ...rest) => `/admin/sessions/${[username, ...rest].map(encodeURIComponent).join("/")}`;
const missing = (username) => ({ missing: `there is no user ${username}` });

const isOver = (end) => end !== 0 && end * 1000 <= Date.now();
const stateOf = ({ revoked, expires_at: end }) => (revoked ? "revoked" : end !== undefined && isOver(end) ? "expired" : "live");

/** The tree of a session dump, without the values of its tokens: those work. */
function treeOf(username, { db }) {
  const nodes = Object.entries(db).map(([key, [type, node]]) => ({ path: key.split(";;"), type, node }));
  const below = (path) => nodes.filter((one) => one.path.length === path.length + 1 && path.every((part, i) => part === one.path[i]));
  const token = ({ id, type, revoked, used, issued_at, expires_at }) => ({ id, type, revoked, used, issued_at, expires_at });
  const grant = ({ path, node }) => {
    const { revoked, issued_at, expires_at, scope, sub, issued_token } = node;
    return { id: path[2], revoked, issued_at, expires_at, scope, sub, tokens: issued_token.map(token) };
  };
  const client = ({ path, node }) => ({ client_id: path[1], revoked: node.revoked, grants: below(path).map(grant) });
  return { username, clients: below([username]).map(client) };
}

/** The canonical name stands in the dump; a user who has been nowhere has no entry. */
const nameIn = ({ db }, username) => Object.keys(db)[0]?.split(";;")[0] ?? username;

async function show({ ask, args: [username] }) {
  const { body } = await ask("GET", at(username), missing(username));
  const tree = treeOf(nameIn(body, username), body);
  const rows = tree.clients.flatMap((client) => [
    { name: "client", id: client.client_id, ...client },
    ...client.grants.flatMap((grant) => [
      { name: "  grant", detail: grant.scope, ...grant },
      ...grant.tokens.map((token) => ({ name: `    ${token.type}`, detail: token.used ? `used ${token.used}` : undefined, ...token })),
    ]),
  ]);
  const columns = {
    NODE: (row) => row.name,
    ID: (row) => row.id,
    STATE: stateOf,
    ISSUED: (row) => row.issued_at && moment(row.issued_at),
    EXPIRES: (row) => row.expires_at !== undefined && moment(row.expires_at),
    DETAIL: (row) => row.detail,
  };
  return { data: tree, text: table(columns, rows, `${tree.username} has been at no client.`) };
}

/** A command that lists the nodes of one kind. */
const lister = (kind, columns, nothing) => async ({ ask, args: [username] }) => {
  const { body } = await ask("GET", at(username, kind), missing(username));
  return { data: body, text: table(columns, body[kind], nothing) };
};

const logins = lister("logins", {
  ID: (login) => login.id,
  STATE: stateOf,
  "SIGNED IN": (login) => moment(login.auth_time),
  EXPIRES: (login) => moment(login.expires_at),
  ACR: (login) => login.acr,
}, "There is no sign-in.");

const consents = lister("consents", {
  CLIENT_ID: (consent) => consent.client_id,
  GRANTED: (consent) => moment(consent.granted_at),
  SCOPE: (consent) => consent.scope,
  CLAIMS: (consent) => consent.claims,
}, "There is no consent.");

const deliveries = lister("deliveries", {
  JTI: (delivery) => delivery.jti,
  CLIENT_ID: (delivery) => delivery.client_id,
  PROGRESS: (delivery) => delivery.progress,
  ANSWER: (delivery) => delivery.answer,
  ATTEMPTS: (delivery) => delivery.attempts,
  QUEUED: (delivery) => moment(delivery.queued_at),
  NEXT: (delivery) => moment(delivery.next_at),
}, "No application is owed a logout token, or has been in the last week.");

const audit = lister("audit", {
  AT: (entry) => moment(entry.at),
  EVENT: (entry) => entry.event,
  CLIENT_ID: (entry) => entry.client_id,
  DETAIL: (entry) => Object.entries(entry.detail).map((pair) => pair.join(" ")),
}, "The trail has no entry.");

async function revoke({ ask, args: [username, kind, id] }) {
  if (kind === undefined) {
    await ask("DELETE", at(username), missing(username));
    return { data: { revoked: username }, text: `${username} is signed out everywhere.` };
  }
  if (!KINDS.includes(kind) || id === undefined) throw misused("a node is named by its kind and its id", `the kinds are ${KINDS.join(", ")}`);
  await ask("DELETE", at(username, kind, id), { missing: `${username} has no such node: ${kind} ${id}` });
  return { data: { revoked: { kind, id } }, text: "It is revoked, with all below it." };
}

export const sessions = {
  show: { args: ["NAME"], about: "shows the session tree: clients, grants and tokens with their ids", run: show },
  logins: { args: ["NAME"], about: "lists the sign-ins", run: logins },
  consents: { args: ["NAME"], about: "lists what the person has let each client have", run: consents },
  deliveries: { args: ["NAME"], about: "lists the logout tokens of the last week", run: deliveries },
  audit: { args: ["NAME"], about: "lists the newest entries of the audit trail", run: audit },
  revoke: { args: ["NAME", "[KIND]", "[ID]"], about: `revokes everything, or one node (${KINDS.join(", ")}) and all below it`, run: revoke },
};
