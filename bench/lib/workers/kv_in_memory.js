// The KV of kv.js without its disk: what is written lasts as long as the process.
import kv, { Control as DurableControl } from "./kv.js";

export { Store } from "./kv.js";

const NOWHERE = { load: async () => new Map(), put: async () => undefined, remove: async () => undefined };
const env = { STORE: { getByName: () => NOWHERE } };

export default { fetch: (request) => kv.fetch(request, env) };

export class Control extends DurableControl {
  fetch(request) {
    return super.fetch.call({ env }, request);
  }
}
