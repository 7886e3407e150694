// What the Worker is bound to, and the rules of the runtime that it counts on.
import { inSection } from "./configuration.mjs";

/** The binding of each class of Durable Objects. */
export const OBJECTS = { USERS: "UserSession", REGISTRATIONS: "Registration", PENDING: "Pending", KEYS: "KeyRing" };
const NAMESPACE = "KV";
/** The date whose runtime the tests run on. */
const TESTED_DATE = "2026-10-01";
const FLAG = "global_fetch_strictly_public";

/** What is missing or wrong, in the words of wrangler.toml. */
export function checkBindings(configuration) {
  return [...checkNamespace(configuration), ...checkObjects(configuration), ...checkMigrations(configuration), ...checkRuntime(configuration)];
}

/** The KV namespace's entry, if there is one. */
export const namespaceOf = ({ own }) => own.kv_namespaces?.find(({ binding }) => binding === NAMESPACE);

function checkNamespace(configuration) {
  const section = `[[${inSection(configuration, "kv_namespaces")}]]`;
  const namespace = namespaceOf(configuration);
  if (!namespace) return [`KV is missing; there has to be ${section} with binding = "KV"`];
  const { top, environment } = configuration;
  const others = [["production", top], ...Object.entries(top.env ?? {})].filter(([name]) => name !== (environment || "production"));
  return others
    .filter(([, own]) => namespace.id && namespaceOf({ own })?.id === namespace.id)
    .map(([name]) => `KV has the id of ${name}; every environment has to have a namespace of its own, because it holds the provider's keys`);
}

function checkObjects(configuration) {
  const section = `[[${inSection(configuration, "durable_objects.bindings")}]]`;
  const bound = configuration.own.durable_objects?.bindings ?? [];
  return Object.entries(OBJECTS).flatMap(([name, className]) => {
    const binding = bound.find((one) => one.name === name);
    if (!binding) return `${name} is missing; there has to be ${section} with name = "${name}" and class_name = "${className}"`;
    return binding.class_name === className ? [] : `${name} has class_name "${binding.class_name}"; it has to be "${className}"`;
  });
}

function checkMigrations({ inherited }) {
  const made = (inherited.migrations ?? []).flatMap(({ new_sqlite_classes: classes }) => classes ?? []);
  return Object.values(OBJECTS)
    .filter((className) => !made.includes(className))
    .map((className) => `migrations: nothing makes ${className}; it has to be among the new_sqlite_classes of one of [[migrations]]`);
}

function checkRuntime({ inherited }) {
  const { compatibility_date: date, compatibility_flags: flags = [] } = inherited;
  const found = [];
  const latest = [new Date().toISOString().slice(0, 10), TESTED_DATE].sort().at(-1);
  const isDate = typeof date === "string" && /^\d{4}-\d\d-\d\d$/.test(date);
  if (!isDate || date < TESTED_DATE || date > latest) {
    found.push(`compatibility_date is ${date === undefined ? "missing" : `"${date}"`}; it has to be a date in quotes from ${TESTED_DATE} to ${latest}`);
  }
  if (!flags.includes(FLAG)) found.push(`compatibility_flags lacks "${FLAG}", without which a client could make the provider fetch from behind its own front door`);
  return found;
}
