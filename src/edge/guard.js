// The Worker and its objects, around the wasm instance. A panic ends the instance, and whatever waited in it, another request or another object's call,
// would wait for ever: its promise belongs to memory that is gone. So all that waits is answered here, and the next request finds a new instance.
import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
import Worker from "worker";
import { GAVE_UP, bridge, isEnd } from "./bridge.js";
import { again, rayOf } from "./documents.js";

const { answer, ask, call, wake } = Worker.prototype;

const asResponse = (request) => {
  // The log has it by the same number.
  const ray = rayOf(request);
  return Response.json(
    { error: "temporarily_unavailable", error_description: "the fault is ours; please try again" },
    {
      status: 503,
      headers: { "cache-control": "no-store", pragma: "no-cache", "x-content-type-options": "nosniff", ...(ray && { "x-request-id": ray }) },
    },
  );
};

const asException = () => {
  throw new Error("temporarily_unavailable: the fault is ours; please try again");
};

/** What becomes of `work`; where that is nothing more, or an error that is `ours`, what `unavailable` makes of it. */
function settle(work, unavailable, ours) {
  const failed = (error) => {
    if (!ours(error)) throw error;
    // Reported, it reaches the operator's log, and where it is the end of the instance all who have to know.
    reportError(error);
    return unavailable();
  };
  try {
    const outcome = work();
    // The answer is made by the request that it answers: the runtime lets no request use what another one has made.
    return outcome instanceof Promise ? outcome.then((value) => (value === GAVE_UP ? unavailable() : value), failed) : outcome;
  } catch (error) {
    return failed(error);
  }
}

/** The Worker with the methods that others may call which are bound to it. What src/edge/rpc.rs throws is for them: a fault is in the log already. */
export default class Provider extends WorkerEntrypoint {
  fetch(request) {
    return again(request) ?? settle(() => answer(bridge, this.env, request, request.method, request.url), () => asResponse(request), () => true);
  }
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
    return settle(() => ask(bridge, this.env, method, question), asException, isEnd);
  }
}

/** A class of objects. What one knows while it is in memory outlives the wasm instance. */
const objects = (name) =>
  class extends DurableObject {
    #memory = {};
    call(text) {
      return settle(() => call(bridge, this.env, name, this.ctx, this.#memory, text), asException, () => true);
    }
    alarm() {
      return settle(() => wake(bridge, this.env, name, this.ctx, this.#memory), asException, () => true);
    }
  };

export const UserSession = objects("UserSession");
export const Registration = objects("Registration");
export const Pending = objects("Pending");
export const KeyRing = objects("KeyRing");
