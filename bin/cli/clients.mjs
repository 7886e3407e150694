// Clients: treeline clients …
import { misused } from "./failure.mjs";
import { confirmed, jsonObject } from "./input.mjs";
import { fields, json, moment, table } from "./output.mjs";

const PAGE = 100;
const SECRETS = { client_secret: "client_secret", registration_access_token: "registration_access_token" };

const at = (id, rest = "") => `/admin/clients/${encodeURIComponent(id)}${rest}`;
const missing = (id) => ({ missing: `there is no client ${id}` });

const METADATA = {
  "redirect-uri": { type: "string", multiple: true, value: "URI", about: "where it gets its answers; may repeat" },
  name: { type: "string", value: "NAME", about: "what people are shown" },
  public: { type: "boolean", about: "it cannot keep a secret: token_endpoint_auth_method none" },
  native: { type: "boolean", about: "an application on a device: application_type native" },
  "expires-at": { type: "string", value: "TIME", about: "when it ends: never, a date, or seconds since the epoch" },
};

function endOf(text) {
  if (text === undefined) return undefined;
  const seconds = text === "never" ? 0 : /^\d+$/.test(text) ? Number(text) : Date.parse(text) / 1000;
  if (!Number.isFinite(seconds)) throw misused(`--expires-at "${text}" is no time`, "say never, 2030-01-31, or seconds since the epoch");
  return Math.floor(seconds);
}

/** Metadata with what the options say in place of what it says. */
const changed = (metadata, options) => ({
  ...metadata,
  ...(options["redirect-uri"] && { redirect_uris: options["redirect-uri"] }),
  ...(options.name !== undefined && { client_name: options.name }),
  ...(options.public && { token_endpoint_auth_method: "none" }),
  ...(options.native && { application_type: "native" }),
  ...(options["expires-at"] !== undefined && { expires_at: endOf(options["expires-at"]) }),
});

const saysSomething = (options) => Object.keys(METADATA).some((name) => options[name] !== undefined);

/** A client's members, with the moments as dates and what is secret last. */
function shown(client) {
  const times = ["client_id_issued_at", "client_secret_expires_at", "expires_at"].filter((name) => name in client);
  const dated = { ...client, ...Object.fromEntries(times.map((name) => [name, moment(client[name])])) };
  for (const name of Object.keys(SECRETS)) delete dated[name];
  const secrets = Object.keys(SECRETS).filter((name) => client[name] !== undefined);
  const kept = Object.fromEntries(secrets.map((name) => [name, client[name]]));
  const note = secrets.length ? "\n\nKeep what is secret now: it is not shown again." : "";
  return fields({ ...dated, ...kept }) + note;
}

async function pages(ask, { limit, cursor }) {
  const isOnePage = limit !== undefined || cursor !== undefined;
  const clients = [];
  let next = cursor;
  do {
    const query = new URLSearchParams({ limit: limit ?? PAGE, ...(next && { cursor: next }) });
    const { body } = await ask("GET", `/admin/clients?${query}`);
    clients.push(...body.clients);
    next = body.cursor;
  } while (next && !isOnePage);
  return { clients, next };
}

async function list({ ask, options }) {
  const { clients, next } = await pages(ask, options);
  const columns = {
    CLIENT_ID: (client) => client.client_id,
    NAME: (client) => client.client_name,
    AUTHENTICATION: (client) => client.token_endpoint_auth_method,
    EXPIRES: (client) => moment(client.expires_at),
    "REDIRECT URIS": (client) => client.redirect_uris,
  };
  const more = next ? `\n\nThere are more: --cursor ${next}` : "";
  return { data: { clients, cursor: next }, text: table(columns, clients, "There is no client.") + more };
}

async function show({ ask, args: [id] }) {
  const { body } = await ask("GET", at(id), missing(id));
  return { data: body, text: shown(body) };
}

async function create({ ask, args: [file], options }) {
  if (file === undefined && !options["redirect-uri"]) throw misused("a client needs at least one --redirect-uri, or a FILE with its metadata");
  const metadata = changed(file === undefined ? {} : await jsonObject(file), options);
  const { body } = await ask("POST", "/admin/clients", { json: metadata });
  return { data: body, text: shown(body) };
}

async function update({ ask, args: [id, file], options }) {
  if (file === undefined && !saysSomething(options)) throw misused("nothing is said that should change", "see treeline help clients update");
  const metadata = file === undefined ? (await ask("GET", at(id), missing(id))).body : await jsonObject(file);
  const { body } = await ask("PUT", at(id), { json: changed(metadata, options), ...missing(id) });
  return { data: body, text: shown(body) };
}

async function remove({ ask, args: [id], options }) {
  await confirmed(`Deleting the client ${id}, with all that people have granted it,`, options);
  await ask("DELETE", at(id), missing(id));
  return { data: { deleted: id }, text: `The client ${id} is deleted.` };
}

async function rotateSecret({ ask, args: [id] }) {
  const { body } = await ask("POST", at(id, "/secret"), missing(id));
  return { data: body, text: `${body.client_secret}\n\nKeep it now: it is not shown again. The old one counts no longer.` };
}

async function publish({ ask, args: [id] }) {
  const { clients } = id === undefined ? await pages(ask, {}) : { clients: [{ client_id: id }] };
  const published = clients.map((client) => client.client_id);
  for (const one of published) await ask("POST", at(one, "/publish"), missing(one));
  return { data: { published }, text: table({ PUBLISHED: (one) => one }, published, "There is no client.") };
}

async function policy({ ask, args: [id, file] }) {
  const change = file !== undefined && { json: await jsonObject(file) };
  const { body } = await ask(change ? "PUT" : "GET", at(id, "/policy"), { ...change, ...missing(id) });
  return { data: body, text: json(body) };
}

const YES = { yes: { type: "boolean", about: "do it without a question" } };

export const clients = {
  list: {
    about: "lists the clients",
    options: {
      limit: { type: "string", value: "N", about: "one page of so many, 100 at most" },
      cursor: { type: "string", value: "CURSOR", about: "one page, from where another has ended" },
    },
    run: list,
  },
  show: { args: ["ID"], about: "shows one, without what is secret", run: show },
  create: { args: ["[FILE]"], about: "registers one, by the metadata in FILE (- is standard input) or by options", options: METADATA, run: create },
  update: { args: ["ID", "[FILE]"], about: "puts the metadata in FILE in the place of the old, or changes what the options say", options: METADATA, run: update },
  delete: { args: ["ID"], about: "ends one, and all that it was granted", options: YES, run: remove },
  "rotate-secret": { args: ["ID"], about: "gives one another secret; the old one stops", run: rotateSecret },
  publish: { args: ["[ID]"], about: "copies one, or every one that is listed, from its own object to Workers KV again", run: publish },
  policy: { args: ["ID", "[FILE]"], about: "shows what the operator has decided about one, or puts the decisions in FILE in its place", run: policy },
};
