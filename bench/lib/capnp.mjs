// workerd's configuration for one contender: its Worker, a KV that keeps every write on disk, and objects on disk.
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const quote = (text) => JSON.stringify(text);
const list = (items) => `[ ${items.join(",\n      ")} ]`;

const KV = fileURLToPath(new URL("../../tests/worker/harness/workers/kv.js", import.meta.url));
const own = (name) => fileURLToPath(new URL(`workers/${name}`, import.meta.url));

const TYPES = { js: "esModule", wasm: "wasm" };
const embedded = (name) => `(name = ${quote(name)}, ${TYPES[name.split(".").at(-1)]} = embed ${quote(name)})`;

/** Between the runtime and the Worker, where rows and calls are counted: its objects do what they do and are counted. */
const meteredMain = (main, objects) =>
  [`import * as product from ${quote(`./${main}`)};`, `import { metered } from "./meter.js";`, `export { Meter } from "./meter.js";`, `export default product.default;`]
    .concat(objects.map(({ binding, className }) => `export const ${className} = metered(product.${className}, ${quote(binding)});`))
    .join("\n");

/**
 * Writes config.capnp and all that it embeds into `directory`.
 * `worker`: { modules: { name: path }, the first one being the main one; objects: [{ binding, className }]; kv: a binding's name; vars; date; flags };
 * `storage`: "disk" or "memory", what KV keeps its entries in; `metered`: whether operations of objects are counted, which takes time of its own.
 */
export function writeConfig(directory, { worker, port, disk, storage, metered }) {
  const { modules, objects = [], kv, vars = {}, date, flags = [] } = worker;
  const names = Object.keys(modules);
  for (const name of names) copyFileSync(modules[name], join(directory, name));
  copyFileSync(KV, join(directory, "kv.js"));
  copyFileSync(own("kv_in_memory.js"), join(directory, "kv_in_memory.js"));
  copyFileSync(own("meter.js"), join(directory, "meter.js"));
  writeFileSync(join(directory, "metered.js"), meteredMain(names[0], objects));
  const embeds = (metered ? ["metered.js", "meter.js", ...names] : names).map(embedded);
  const kvModules = (storage === "memory" ? ["kv_in_memory.js", "kv.js"] : ["kv.js"]).map(embedded);
  const path = (name) => {
    mkdirSync(join(disk, name), { recursive: true });
    return quote(join(disk, name));
  };
  const bindings = [
    ...objects.map(({ binding, className }) => `(name = ${quote(binding)}, durableObjectNamespace = ${quote(className)})`),
    ...(kv ? [`(name = ${quote(kv)}, kvNamespace = "kv")`] : []),
    ...Object.entries(vars).map(([name, text]) => `(name = ${quote(name)}, text = ${quote(String(text))})`),
  ];
  writeFileSync(
    join(directory, "config.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "kv", worker = .kv),
    (name = "main-disk", disk = (path = ${path("objects")}, writable = true)),
    (name = "kv-disk", disk = (path = ${path("kv")}, writable = true)) ],
  sockets = [
    (name = "http", address = "127.0.0.1:${port}", http = (), service = "main"),
    (name = "kv", address = "127.0.0.1:0", http = (), service = "kv"),
    (name = "kv-control", address = "127.0.0.1:0", http = (), service = (name = "kv", entrypoint = "Control"))${
      metered ? `,\n    (name = "meter", address = "127.0.0.1:0", http = (), service = (name = "main", entrypoint = "Meter"))` : ""} ]
);
const main :Workerd.Worker = (
  modules = ${list(embeds)},
  compatibilityDate = ${quote(date)}, compatibilityFlags = ${list(flags.map(quote))},
  durableObjectNamespaces = ${list(objects.map(({ className }) => `(className = ${quote(className)}, uniqueKey = ${quote(className)}, enableSql = true)`))},
  durableObjectStorage = (localDisk = "main-disk"),
  bindings = ${list(bindings)}
);
const kv :Workerd.Worker = (
  modules = ${list(kvModules)},
  compatibilityDate = "2026-10-01",
  durableObjectNamespaces = [ (className = "Store", uniqueKey = "kv-store", enableSql = true) ],
  durableObjectStorage = (localDisk = "kv-disk"),
  bindings = [ (name = "STORE", durableObjectNamespace = "Store") ]
);
`,
  );
  return ["http", "kv", "kv-control", ...(metered ? ["meter"] : [])];
}
