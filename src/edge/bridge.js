// The boundary between Rust and the runtime: what Rust asks for, each as one crossing, and what it is told. Nothing here knows of the protocol.
//
// What takes time has a number. Rust gives the numbers of its tasks, this side those of what they wait for: these are never given twice, so that a
// wasm instance is told nothing that an earlier one has waited for.
import { forget as forgetDocuments, keep, repeat } from "./documents.js";
import Worker from "worker";

const { settled, overdue, forget, perform } = Worker.prototype;

/** How often a task that still waits is asked whether it has waited for too long, in milliseconds. */
const LOOK_EVERY = 1000;

/** How often tasks are looked through for those that nobody goes on with, in milliseconds. */
const SWEEP_EVERY = 60_000;

/** How long a location may answer from its own copy of a key of KV, in seconds: the least that KV takes. */
const KV_TTL = 30;

/** What becomes of a task whose wasm instance is gone. */
export const GAVE_UP = Symbol("the instance that worked on this is gone");

/** Kept already. */
const SOON = Promise.resolve();

const tasks = new Map();
const timers = new Map();
let last = 0;
let swept = 0;

export const isEnd = (error) => error instanceof WebAssembly.RuntimeError;

// A panic ends the instance, and with it all that its memory knew of.
addEventListener("error", ({ error }) => {
  if (!isEnd(error)) return;
  for (const { resolve, timer } of tasks.values()) {
    clearInterval(timer);
    resolve(GAVE_UP);
  }
  tasks.clear();
});

/** Tells Rust something. What it throws is nobody's answer: it is reported. */
function tell(what, ...values) {
  try {
    what(...values);
  } catch (error) {
    reportError(error);
  }
}

function number() {
  last = (last + 1) >>> 0;
  return last;
}

/** Of a request whose client has gone the runtime drops everything, its timer too: a task that has not been looked at since the last time is not alive. */
function sweep() {
  if (Date.now() - swept < SWEEP_EVERY) return;
  swept = Date.now();
  for (const [task, waiting] of tasks) {
    if (waiting.isAlive) {
      waiting.isAlive = false;
    } else {
      tasks.delete(task);
      tell(forget, task);
    }
  }
}

function look(task) {
  const waiting = tasks.get(task);
  if (waiting) waiting.isAlive = true;
  tell(overdue, task);
}

function watch(promise) {
  const awaited = number();
  promise.then(
    (value) => tell(settled, awaited, true, value),
    (error) => tell(settled, awaited, false, error),
  );
  return awaited;
}

/** As Headers where a name stands twice, which only cookies may. */
function headersOf(lines) {
  const headers = {};
  for (let at = 0; at + 1 < lines.length; at += 2) {
    if (Object.hasOwn(headers, lines[at])) return pairs(lines);
    headers[lines[at]] = lines[at + 1];
  }
  return headers;
}

function pairs(lines) {
  const headers = new Headers();
  for (let at = 0; at + 1 < lines.length; at += 2) headers.append(lines[at], lines[at + 1]);
  return headers;
}

export const bridge = {
  /** The promise of a task's outcome. */
  later(task) {
    sweep();
    return new Promise((resolve, reject) => tasks.set(task, { resolve, reject, isAlive: true, timer: setInterval(look, LOOK_EVERY, task) }));
  },
  /** The outcome of a task. */
  finish(task, isKept, value) {
    const waiting = tasks.get(task);
    if (!waiting) return;
    tasks.delete(task);
    clearInterval(waiting.timer);
    (isKept ? waiting.resolve : waiting.reject)(value);
  },
  watch,
  /** Settles after some milliseconds. */
  sleep(milliseconds) {
    const awaited = number();
    const wake = () => {
      timers.delete(awaited);
      tell(settled, awaited, true);
    };
    timers.set(awaited, setTimeout(wake, milliseconds));
    return awaited;
  },
  /** Nobody waits for a sleep any more. */
  wake(awaited) {
    clearTimeout(timers.get(awaited));
    timers.delete(awaited);
  },

  /** Writes a line for the operator, from a stack of its own: to note where a line comes from costs more than to write it. */
  log: (line, isError) => void SOON.then(() => (isError ? console.error(line) : console.log(line))),

  header: (request, name) => request.headers.get(name),
  /** The body as bytes; of one that says that it is longer than `limit`, nothing. */
  read(request, limit) {
    const tooLarge = Number(request.headers.get("content-length")) > limit;
    return watch(tooLarge ? Promise.resolve() : request.arrayBuffer());
  },
  /** `headers`: names and values in turns, each on a line. */
  respond: (status, headers, body) => new Response(body, { status, headers: headersOf(headers.split("\n")) }),
  /** A response to be made again and again. */
  prepare: (status, headers, body) => ({ body, init: { status, headers: headersOf(headers.split("\n")) } }),
  repeat,
  keep,
  forgetDocuments,

  /** The value of a key of KV, or those of some. */
  get: (kv, keys) => watch(kv.get(keys, { cacheTtl: KV_TTL })),
  send: (namespace, name, call) => watch(namespace.getByName(name).call(call)),
  subtle: (name, values) => watch(crypto.subtle[name](...values)),

  /** All cells of all rows, and how many each row has. */
  exec({ sql }, statement, values) {
    const rows = sql.exec(statement, ...values).raw().toArray();
    if (rows.length === 0) return rows;
    const cells = rows.flat();
    cells.push(rows[0].length);
    return cells;
  },
  /** Runs what Rust has ready. What that throws rolls back. */
  transact: (storage, work) => storage.transactionSync(() => perform(work)),
  block: (state, work) => watch(state.blockConcurrencyWhile(async () => perform(work))),
};
