// Workers of their own that run beside the provider, in the same workerd: the examples, and whoever calls the provider by a service binding.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { parse } from "smol-toml";

const quote = (text) => JSON.stringify(text);
const list = (items) => `[ ${items.join(", ")} ]`;

/**
 * The parts of workerd's configuration for one Worker: { services, sockets, worker }. `folder`: where its wrangler.toml is; `name`: another one than it says there; `port`: where it
 * listens; `vars`: more text bindings, or other values; `services`: the names of its bindings to the provider.
 */
export function beside(directory, disk, { folder, name, port, vars = {}, services = [] }) {
  const wrangler = parse(readFileSync(join(folder, "wrangler.toml"), "utf8"));
  name ??= wrangler.name;
  const { main, compatibility_date: date, compatibility_flags: flags = [], durable_objects: { bindings: objects = [] } = {} } = wrangler;
  buildSync({ entryPoints: [join(folder, main)], outfile: join(directory, `${name}.js`), bundle: true, format: "esm", external: ["cloudflare:workers"] });
  const storage = join(disk, name);
  mkdirSync(storage, { recursive: true });
  const bindings = [
    ...Object.entries({ ...wrangler.vars, ...vars }).map(([key, text]) => `(name = ${quote(key)}, text = ${quote(String(text))})`),
    ...services.map((binding) => `(name = ${quote(binding)}, service = "op")`),
    ...objects.map((object) => `(name = ${quote(object.name)}, durableObjectNamespace = ${quote(object.class_name)})`),
  ];
  const namespaces = objects.map(({ class_name: at }) => `(className = ${quote(at)}, uniqueKey = ${quote(`${name}-${at}`)}, enableSql = true)`);
  return {
    services: [
      `(name = ${quote(`${name}-disk`)}, disk = (path = ${quote(storage)}, writable = true))`,
      `(name = ${quote(name)}, worker = (modules = [ (name = "worker.js", esModule = embed ${quote(`${name}.js`)}) ],
        compatibilityDate = ${quote(date)}, compatibilityFlags = ${list(flags.map(quote))},
        durableObjectNamespaces = ${list(namespaces)}, durableObjectStorage = (localDisk = ${quote(`${name}-disk`)}),
        bindings = ${list(bindings)}))`,
    ],
    socket: `(name = ${quote(name)}, address = "127.0.0.1:${port}", http = (), service = ${quote(name)})`,
  };
}
