// Around the Worker that wasm-bindgen makes. A panic ends the wasm instance, and whatever waited in it, another request or another object's call,
// would wait for ever: its promise belongs to memory that is gone. So all that waits is answered here, and the next request finds a new instance.
import Worker, * as objects from "worker";

const waiting = new Set();
const isEnd = (error) => error instanceof WebAssembly.RuntimeError;

addEventListener("error", ({ error }) => {
  if (isEnd(error)) for (const giveUp of waiting) giveUp();
});

const asResponse = (ray) =>
  Response.json(
    { error: "temporarily_unavailable", error_description: "the fault is ours; please try again" },
    {
      status: 503,
      headers: { "cache-control": "no-store", pragma: "no-cache", "x-content-type-options": "nosniff", ...(ray && { "x-request-id": ray }) },
    },
  );

const GAVE_UP = Symbol("the instance that worked on this is gone");

const asException = () => {
  throw new Error("temporarily_unavailable: the fault is ours; please try again");
};

/** What becomes of `work`; where that is nothing more, or an error that is `ours`, what `unavailable` makes of it. */
function settle(work, unavailable, ours) {
  let giveUp;
  const settled = new Promise((resolve, reject) => {
    waiting.add((giveUp = () => resolve(GAVE_UP)));
    work.then(resolve, reject);
  });
  // The answer is made by the request that it answers: the runtime lets no request use what another one has made.
  return settled.then(
    (outcome) => {
      waiting.delete(giveUp);
      return outcome === GAVE_UP ? unavailable() : outcome;
    },
    (error) => {
      waiting.delete(giveUp);
      if (!ours(error)) throw error;
      // Reported, it reaches the operator's log, and where it is the end of the instance all who have to know.
      reportError(error);
      return unavailable();
    },
  );
}

/** Begins some work, which may fail at once. */
async function begin(work) {
  return work();
}

const guarded = (Built) =>
  class extends Built {
    fetch(request) {
      // What Cloudflare numbers the request by, and so does the log.
      const ray = request.headers.get("cf-ray");
      return settle(begin(() => super.fetch(request)), () => asResponse(ray), () => true);
    }
  };

/** The Worker with the methods that others may call which are bound to it. What src/edge/rpc.rs throws is for them: a fault is in the log already. */
class Provider extends guarded(Worker) {
  introspect(question) {
    return this.#ask("introspect", question);
  }
  userinfo(question) {
    return this.#ask("userinfo", question);
  }
  signOut(session) {
    return this.#ask("signOut", session);
  }
  /** The cron trigger of wrangler.toml. */
  scheduled() {
    return this.#ask("tendKeys");
  }
  #ask(method, question) {
    return settle(begin(() => super.answer(this.env, method, question)), asException, isEnd);
  }
}

// Nobody brings an environment of their own.
Provider.prototype.answer = undefined;

export default Provider;
export const UserSession = guarded(objects.UserSession);
export const Registration = guarded(objects.Registration);
export const Pending = guarded(objects.Pending);
export const KeyRing = guarded(objects.KeyRing);
