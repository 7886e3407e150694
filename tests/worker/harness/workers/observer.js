// Stands between the runtime and the product: counts what reaches a Durable Object and what it writes and, when a test asks, makes its storage slow,
// evicts it, or breaks the path to it.
import { WorkerEntrypoint } from "cloudflare:workers";

const LONGER_THAN_ANY_TEST = 600_000;
/** What of a storage answers in its own time. SQL does not: it runs at once, and the runtime holds back what goes out until it is on disk. */
const SLOW = ["get", "put", "delete", "list", "sync", "transaction", "deleteAll", "getAlarm", "setAlarm", "deleteAlarm"];
const WRITES = ["put", "delete", "transaction", "deleteAll", "setAlarm", "deleteAlarm"];

let calls = {};
let written = {};
let constructed = {};
let latency = 0;
let evictsBeforeCalls = false;
const faults = {};
const observed = new WeakMap();
/** The objects in memory, by namespace and id. */
const live = {};

const add = (numbers, name, more = 1) => (numbers[name] = (numbers[name] ?? 0) + more);
const wait = () => latency && scheduler.wait(latency);

// The bindings check their receiver, so functions stay bound to the real one.
const facade = (target, overrides) =>
  new Proxy(target, {
    get(_, name) {
      if (Object.hasOwn(overrides, name)) return overrides[name];
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });

/** Takes an object out of memory: what it was about to answer is lost, and the next call constructs it from its storage. */
async function evict(binding, namespace, id, { whenIdle = false } = {}) {
  if (!live[binding]?.delete(String(id))) return 0;
  const aborted = await namespace.get(id).evict(whenIdle).then(() => false, () => true);
  if (!aborted) throw new Error(`${binding} was not evicted`);
  return 1;
}

function observedNamespace(binding, namespace) {
  const stub = (real) =>
    facade(real, {
      async call(text) {
        add(calls, binding);
        // What a panic looks like from JavaScript: an error that nobody catches, and a promise that nobody keeps.
        if (faults[binding] === "panic") {
          queueMicrotask(() => {
            throw new WebAssembly.RuntimeError("unreachable");
          });
        }
        if (faults[binding] === "hang" || faults[binding] === "panic") await scheduler.wait(LONGER_THAN_ANY_TEST);
        if (faults[binding]) throw Object.assign(new Error("Network connection lost."), { remote: true, retryable: true });
        if (!evictsBeforeCalls) return real.call(text);
        await evict(binding, namespace, real.id, { whenIdle: true });
        // A stub that leads to an aborted object is broken.
        return namespace.get(real.id).call(text);
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

/** An object's context with a storage that takes its time, and `count`, which adds up what has been written through it. */
function observedContext(binding, context) {
  const { storage } = context;
  const cursors = [];
  const operation = (name) => async (...args) => {
    if (WRITES.includes(name)) add(written, binding);
    // It happens now and is known later.
    const done = await storage[name](...args);
    await wait();
    return done;
  };
  const exec = (...args) => {
    const cursor = storage.sql.exec(...args);
    cursors.push(cursor);
    return cursor;
  };
  const operations = Object.fromEntries(SLOW.map((name) => [name, operation(name)]));
  return {
    context: facade(context, { storage: facade(storage, { ...operations, sql: facade(storage.sql, { exec }) }) }),
    count: () => cursors.splice(0).forEach(({ rowsWritten }) => add(written, binding, rowsWritten)),
  };
}

const observedObject = (Class, binding) =>
  class extends Class {
    #real;
    #count;
    #underWay = 0;

    constructor(real, env) {
      const { context, count } = observedContext(binding, real);
      super(real, observedEnv(env));
      Object.defineProperty(this, "ctx", { value: context });
      this.#real = real;
      this.#count = count;
      add(constructed, binding);
      (live[binding] ??= new Set()).add(String(real.id));
    }

    call(text) {
      return this.#during(async () => {
        await wait();
        const answer = await super.call(text);
        await wait();
        return answer;
      });
    }

    alarm() {
      return this.#during(() => super.alarm());
    }

    /** Leaves memory: only an object's own code can abort it. */
    async evict(whenIdle) {
      while (whenIdle && this.#underWay) await scheduler.wait(1);
      this.#real.abort("evicted");
    }

    async #during(work) {
      this.#underWay++;
      try {
        return await work();
      } finally {
        this.#underWay--;
        this.#count();
      }
    }
  };

/** The same class, handed an environment whose Durable Objects are observed; `binding` names the namespace of a class of objects. */
export const observe = (Class, binding) =>
  binding
    ? observedObject(Class, binding)
    : new Proxy(Class, { construct: (target, [context, env], newTarget) => Reflect.construct(target, [context, observedEnv(env)], newTarget) });

/** What the harness talks to, on a socket of its own. */
export class Control extends WorkerEntrypoint {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/kv/")) return this.env.KV_CONTROL.fetch(request);
    if (pathname === "/platform") return this.env.PLATFORM_CONTROL.fetch(request);
    if (pathname === "/objects/counts") return Response.json({ calls, written, constructed });
    if (pathname === "/objects/reset") [calls, written, constructed] = [{}, {}, {}];
    if (pathname === "/objects/break") Object.assign(faults, await request.json());
    if (pathname === "/objects/delay") ({ latency } = await request.json());
    if (pathname === "/objects/evict-before-calls") evictsBeforeCalls = await request.json();
    if (pathname === "/objects/evict") return Response.json(await this.evictAll());
    return new Response();
  }

  async evictAll() {
    const all = Object.entries(live).flatMap(([binding, ids]) => [...ids].map((id) => ({ binding, namespace: this.env[binding], id })));
    const evicted = await Promise.all(all.map(({ binding, namespace, id }) => evict(binding, namespace, namespace.idFromString(id))));
    return evicted.reduce((sum, one) => sum + one, 0);
  }
}
