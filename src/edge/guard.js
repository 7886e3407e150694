// Around the Worker that wasm-bindgen makes. A panic ends the wasm instance, and whatever waited in it, another request or another object's call,
// would wait for ever: its promise belongs to memory that is gone. So all that waits is answered here, and the next request finds a new instance.
import Worker, * as objects from "worker";

const waiting = new Set();

addEventListener("error", ({ error }) => {
  if (error instanceof WebAssembly.RuntimeError) for (const giveUp of waiting) giveUp();
});

const unavailable = () =>
  Response.json(
    { error: "temporarily_unavailable", error_description: "the fault is ours; please try again" },
    { status: 503, headers: { "cache-control": "no-store", pragma: "no-cache", "x-content-type-options": "nosniff" } },
  );

const GAVE_UP = Symbol("the instance that worked on this is gone");

function settle(work) {
  let giveUp;
  const settled = new Promise((resolve, reject) => {
    waiting.add((giveUp = () => resolve(GAVE_UP)));
    work.then(resolve, reject);
  });
  // The response is made by the request that it answers: the runtime lets no request use what another one has made.
  return settled.then(
    (outcome) => {
      waiting.delete(giveUp);
      return outcome === GAVE_UP ? unavailable() : outcome;
    },
    (error) => {
      waiting.delete(giveUp);
      // Reported, it reaches the operator's log, and where it is the end of the instance all who have to know.
      reportError(error);
      return unavailable();
    },
  );
}

const guarded = (Built) =>
  class extends Built {
    fetch(request) {
      try {
        return settle(super.fetch(request));
      } catch (error) {
        return settle(Promise.reject(error));
      }
    }
  };

export default guarded(Worker);
export const UserSession = guarded(objects.UserSession);
export const Registration = guarded(objects.Registration);
export const Pending = guarded(objects.Pending);
export const KeyRing = guarded(objects.KeyRing);
