// Stands between the runtime and the product: counts what reaches a Durable Object, and breaks that path when a test asks.
import { WorkerEntrypoint } from "cloudflare:workers";

const LONGER_THAN_ANY_TEST = 600_000;

let counts = {};
const faults = {};
const observed = new WeakMap();

// The bindings check their receiver, so functions stay bound to the real one; the `worker` crate looks at
// `constructor.name`, so a constructor is passed through as it is.
const facade = (target, overrides) =>
  new Proxy(target, {
    get(_, name) {
      if (Object.hasOwn(overrides, name)) return overrides[name];
      const value = Reflect.get(target, name, target);
      return typeof value === "function" && name !== "constructor" ? value.bind(target) : value;
    },
  });

function observedNamespace(binding, namespace) {
  const stub = (real) =>
    facade(real, {
      async fetch(...args) {
        counts[binding] = (counts[binding] ?? 0) + 1;
        // What a panic looks like from JavaScript: an error that nobody catches, and a promise that nobody keeps.
        if (faults[binding] === "panic") {
          queueMicrotask(() => {
            throw new WebAssembly.RuntimeError("unreachable");
          });
        }
        if (faults[binding] === "hang" || faults[binding] === "panic") await scheduler.wait(LONGER_THAN_ANY_TEST);
        if (faults[binding]) throw Object.assign(new Error("Network connection lost."), { remote: true, retryable: true });
        return real.fetch(...args);
      },
    });
  return facade(namespace, {
    get: (...args) => stub(namespace.get(...args)),
    getByName: (...args) => stub(namespace.getByName(...args)),
  });
}

function observedEnv(env) {
  if (!observed.has(env)) {
    const isNamespace = (value) => value?.constructor?.name === "DurableObjectNamespace";
    const entries = Object.entries(env).map(([name, value]) => [name, isNamespace(value) ? observedNamespace(name, value) : value]);
    observed.set(env, Object.fromEntries(entries));
  }
  return observed.get(env);
}

/** The same class, handed an environment whose Durable Objects are observed. */
export const observe = (Class) =>
  new Proxy(Class, {
    construct: (target, [context, env], newTarget) => Reflect.construct(target, [context, observedEnv(env)], newTarget),
  });

/** What the harness talks to, on a socket of its own. */
export class Control extends WorkerEntrypoint {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/kv/")) return this.env.KV_CONTROL.fetch(request);
    if (pathname === "/objects/counts") return Response.json(counts);
    if (pathname === "/objects/reset") counts = {};
    if (pathname === "/objects/break") Object.assign(faults, await request.json());
    return new Response();
  }
}
