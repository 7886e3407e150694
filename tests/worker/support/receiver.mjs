// A client's server as the provider and browsers reach it, on loopback: it keeps what comes, and answers when and as it is told.
import { EventEmitter, once } from "node:events";
import http from "node:http";
import { decodeJwt } from "jose";

const LIMIT_MS = 60_000;

/** The claims of a logout token that has come. */
export const logoutClaims = ({ fields }) => decodeJwt(Object.fromEntries(fields).logout_token);

/**
 * Starts a server, at a port of its own or at `port`: { origin, url(path), next(path), came(path), answer(path, status), hold(path), stop() }.
 * What comes is { method, headers, query, fields, isWaiting }: `query` and `fields`, those of a form, as lists of pairs; `isWaiting` for as long as
 * whoever sent it waits for an answer.
 */
export async function startReceiver({ port = 0 } = {}) {
  const arrivals = new EventEmitter().setMaxListeners(0);
  const places = new Map();
  const place = (path) => {
    if (!places.has(path)) places.set(path, { came: [], taken: 0, status: 200, held: undefined });
    return places.get(path);
  };
  const server = http.createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://receiver");
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    const { method, headers } = request;
    const at = place(pathname);
    const one = { method, headers, query: [...searchParams], fields: [...new URLSearchParams(body)], isWaiting: true };
    response.once("close", () => (one.isWaiting = false));
    at.came.push(one);
    arrivals.emit(pathname);
    await at.held;
    response.writeHead(at.status).end();
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  return {
    origin,
    url: (path) => origin + path,
    /** The first to come at `path` that nobody has been given yet, as soon as it is there. */
    async next(path) {
      const at = place(path);
      const turn = at.taken++;
      const signal = AbortSignal.timeout(LIMIT_MS);
      while (at.came.length <= turn) {
        await once(arrivals, path, { signal }).catch(() => {
          throw new Error(`${at.came.length} came at ${path} in ${LIMIT_MS} ms, and not one more`);
        });
      }
      return at.came[turn];
    },
    /** All that has come at `path`. */
    came: (path) => place(path).came,
    /** Answers there with `status` from now on. */
    answer: (path, status) => (place(path).status = status),
    /** Answers nothing there until the function that it returns is called. */
    hold(path) {
      let release;
      place(path).held = new Promise((resolve) => (release = resolve));
      return release;
    },
    stop: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
}
