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

// The response is made by the request that it answers: the runtime lets no request use what another one has made.
async function guarded(work) {
  let giveUp;
  const lost = new Promise((resolve) => waiting.add((giveUp = () => resolve(GAVE_UP))));
  try {
    const outcome = await Promise.race([work(), lost]);
    return outcome === GAVE_UP ? unavailable() : outcome;
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) return unavailable();
    throw error;
  } finally {
    waiting.delete(giveUp);
  }
}

export default class extends Worker {
  fetch(request) {
    return guarded(async () => super.fetch(request));
  }
}

const guardedObject = (Built) =>
  class extends Built {
    fetch(request) {
      return guarded(async () => super.fetch(request));
    }
  };

export const UserSession = guardedObject(objects.UserSession);
export const Registration = guardedObject(objects.Registration);
export const Pending = guardedObject(objects.Pending);
export const KeyRing = guardedObject(objects.KeyRing);
