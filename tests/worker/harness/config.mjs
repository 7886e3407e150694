// workerd's configuration for one provider, made from wrangler.toml so that tests run what is deployed.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "smol-toml";
import { beside } from "./beside.mjs";

export const root = fileURLToPath(new URL("../../../", import.meta.url));
const workers = fileURLToPath(new URL("workers/", import.meta.url));

const quote = (text) => JSON.stringify(text);
const list = (items) => `[ ${items.join(",\n      ")} ]`;

function modules({ build, plain, objects }, directory) {
  for (const file of ["index.js", "index_bg.wasm"]) copyFileSync(join(build, file), join(directory, file));
  for (const file of ["observer.js", "kv.js", "platform.js"]) copyFileSync(join(workers, file), join(directory, file));
  const wrapped = objects.map(({ name, class_name }) => `export const ${class_name} = observe(product.${class_name}, ${quote(name)});`);
  writeFileSync(
    join(directory, "main.js"),
    [`import * as product from "./index.js";`, `import { observe } from "./observer.js";`, `export { Control } from "./observer.js";`,
      `export default observe(product.default);`, ...wrapped].join("\n"),
  );
  const esModule = (name) => `(name = ${quote(name)}, esModule = embed ${quote(name)})`;
  return list([...(plain ? [] : ["main.js"]), "index.js", ...(plain ? [] : ["observer.js"])].map(esModule)
    .concat(`(name = "index_bg.wasm", wasm = embed "index_bg.wasm")`));
}

/** Writes config.capnp and all that it embeds into `directory`; returns the names of the object namespaces. */
export function writeConfig(directory, { build, plain, port, vars, disk, objects, workers, counters, rateLimit }) {
  const wrangler = parse(readFileSync(join(root, "wrangler.toml"), "utf8"));
  objects ??= wrangler.durable_objects.bindings;
  const date = quote(wrangler.compatibility_date);
  const flags = list((wrangler.compatibility_flags ?? []).map(quote));
  const namespace = ({ class_name: name }) =>
    `(className = ${quote(name)}, uniqueKey = ${quote(`treeline-${name}`)}, enableSql = true)`;
  // As wrangler binds them: a text is one, and anything else is JSON.
  const variable = ([name, value]) =>
    `(name = ${quote(name)}, ${typeof value === "string" ? `text = ${quote(value)}` : `json = ${quote(JSON.stringify(value))}`})`;
  const bindings = [
    ...objects.map(({ name, class_name }) => `(name = ${quote(name)}, durableObjectNamespace = ${quote(class_name)})`),
    ...wrangler.kv_namespaces.map(({ binding }) => `(name = ${quote(binding)}, kvNamespace = "kv")`),
    ...Object.entries({ ...wrangler.vars, ...vars }).map(variable),
    `(name = "KV_CONTROL", service = (name = "kv", entrypoint = "Control"))`,
    `(name = "PLATFORM_CONTROL", service = (name = "platform", entrypoint = "Control"))`,
    ...(counters ? [`(name = "ANALYTICS", analyticsEngine = "platform")`] : []),
    ...(rateLimit === undefined ? [] : [`(name = "RATE_LIMITER", service = (name = "platform", entrypoint = "RateLimiter"))`]),
  ];
  const path = (name) => {
    mkdirSync(join(disk, name), { recursive: true });
    return quote(join(disk, name));
  };
  const others = workers.map((worker) => beside(directory, disk, worker));
  const control = plain ? `(name = "kv", entrypoint = "Control")` : `(name = "op", entrypoint = "Control")`;
  writeFileSync(
    join(directory, "config.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "op", worker = .op),
    (name = "kv", worker = .kv),
    (name = "platform", worker = .platform),
    (name = "op-disk", disk = (path = ${path("objects")}, writable = true)),
    (name = "kv-disk", disk = (path = ${path("kv")}, writable = true)),
    (name = "internet", network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true))),
    ${others.flatMap(({ services }) => services).join(",\n    ")} ],
  sockets = [
    (name = "http", address = "127.0.0.1:${port}", http = (), service = "op"),
    (name = "control", address = "127.0.0.1:0", http = (), service = ${control}),
    ${others.map(({ socket }) => socket).join(",\n    ")} ]
);
const op :Workerd.Worker = (
  modules = ${modules({ build, plain, objects }, directory)},
  compatibilityDate = ${date}, compatibilityFlags = ${flags},
  durableObjectNamespaces = ${list(objects.map(namespace))},
  durableObjectStorage = (localDisk = "op-disk"),
  bindings = ${list(bindings)}
);
const platform :Workerd.Worker = (
  modules = [ (name = "platform.js", esModule = embed "platform.js") ],
  compatibilityDate = ${date},
  bindings = [ (name = "LIMIT", text = ${quote(String(rateLimit ?? 0))}) ]
);
const kv :Workerd.Worker = (
  modules = [ (name = "kv.js", esModule = embed "kv.js") ],
  compatibilityDate = ${date},
  durableObjectNamespaces = [ (className = "Store", uniqueKey = "kv-store", enableSql = true) ],
  durableObjectStorage = (localDisk = "kv-disk"),
  bindings = [ (name = "STORE", durableObjectNamespace = "Store") ]
);
`,
  );
  return objects.map(({ name }) => name);
}
