// Where clients receive logout tokens, on loopback: every path is another client's, and can be silent or answer as it likes.
import { createServer } from "node:http";
import { decodeJwt } from "jose";

/** Starts it: { url(path), received(path), some(path, count), behave(path, { status, hangs }), stop() }. `port`: one that was free before. */
export async function startReceiver({ port = 0 } = {}) {
  const received = new Map();
  const behaviour = new Map();
  const waiting = new Set();
  const of = (path) => received.get(path) ?? [];

  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const fields = Object.fromEntries(new URLSearchParams(body));
    const path = request.url;
    const entry = { method: request.method, headers: request.headers, fields, token: fields.logout_token, isWaiting: true };
    response.once("close", () => (entry.isWaiting = false));
    received.set(path, [...of(path), entry]);
    waiting.forEach((look) => look());
    const { status = 200, hangs = false } = behaviour.get(path) ?? {};
    if (!hangs) response.writeHead(status).end();
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));

  return {
    port: server.address().port,
    url: (path) => `http://127.0.0.1:${server.address().port}${path}`,
    /** What has come to a path: { method, headers, fields, token, isWaiting }, the last for as long as the sender waits for an answer. */
    received: of,
    /** Resolves to what has come to a path as soon as that is so much. */
    some: (path, count = 1) =>
      new Promise((resolve) => {
        const look = () => {
          if (of(path).length < count) return;
          waiting.delete(look);
          resolve(of(path));
        };
        waiting.add(look);
        look();
      }),
    /** How a path answers from now on. */
    behave: (path, how) => behaviour.set(path, how),
    stop() {
      return new Promise((resolve) => server.close(resolve).closeAllConnections());
    },
  };
}

/** The claims of a received logout token. */
export const claimsOf = ({ token }) => decodeJwt(token);
