// Counts what a contender's Durable Objects are asked and what they do: calls, and by the platform's own meter the rows that SQL has read and written.
import { WorkerEntrypoint } from "cloudflare:workers";

const none = () => ({ calls: 0, rowsRead: 0, rowsWritten: 0, alarms: 0, statements: 0 });
let counts = {};
const of = (binding) => (counts[binding] ??= none());

/** The object whose code runs: it runs without waiting wherever it uses SQL, so there is one at a time. */
const bindings = new WeakMap();
const cursors = [];

function settle() {
  for (const { binding, cursor } of cursors.splice(0)) {
    of(binding).rowsRead += cursor.rowsRead;
    of(binding).rowsWritten += cursor.rowsWritten;
  }
}

// Objects of one class share the prototypes of their storage, so these are wrapped once and look up whose storage they are called on.
let wrapped = false;
function wrap({ storage }) {
  if (wrapped) return;
  wrapped = true;
  const sql = Object.getPrototypeOf(storage.sql);
  const { exec } = sql;
  sql.exec = function (...values) {
    const cursor = exec.apply(this, values);
    const binding = bindings.get(this) ?? "unknown";
    of(binding).statements++;
    cursors.push({ binding, cursor });
    return cursor;
  };
  const prototype = Object.getPrototypeOf(storage);
  const { setAlarm } = prototype;
  prototype.setAlarm = function (...values) {
    of(bindings.get(this) ?? "unknown").alarms++;
    return setAlarm.call(this, ...values);
  };
}

/** The same class, whose calls are counted under the name of its binding. */
export function metered(Class, binding) {
  class Metered extends Class {
    constructor(context, env) {
      wrap(context);
      for (const part of [context.storage, context.storage.sql]) bindings.set(part, binding);
      super(context, env);
    }
  }
  const counted = (method, weight) =>
    async function (...values) {
      of(binding).calls += weight;
      try {
        return await method.apply(this, values);
      } finally {
        settle();
      }
    };
  for (let level = Class.prototype; level && level !== Object.prototype; level = Object.getPrototypeOf(level)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      if (name === "constructor" || typeof value !== "function" || Object.hasOwn(Metered.prototype, name)) continue;
      Metered.prototype[name] = counted(value, name === "alarm" ? 0 : 1);
    }
  }
  return Metered;
}

/** What the bench talks to, on a socket of its own. */
export class Meter extends WorkerEntrypoint {
  fetch(request) {
    if (new URL(request.url).pathname === "/reset") counts = {};
    settle();
    return Response.json(counts);
  }
}
