// oidc-provider on workerd, by the runtime's own server for Node's http.
import { createServer } from "node:http";
import { httpServerHandler } from "cloudflare:node";
import { adapterOn } from "./adapter.mjs";
import { makeProvider } from "./provider.mjs";

export { Store } from "./adapter.mjs";

const PORT = 8080;
let handler;

function begin({ STORE, ISSUER, JWKS, CLIENTS, COOKIE_KEY }) {
  const provider = makeProvider({ issuer: ISSUER, adapter: adapterOn(STORE), jwks: JSON.parse(JWKS), clients: JSON.parse(CLIENTS), cookieKey: COOKIE_KEY });
  return httpServerHandler(createServer(provider.callback()).listen(PORT));
}

export default {
  fetch(request, env, context) {
    // Not before the first request: outside of one there is no randomness.
    handler ??= begin(env);
    return handler.fetch(request, env, context);
  },
};
