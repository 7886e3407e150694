// What a client publishes, on loopback: keys, lists of redirect URIs, request objects; with a count of who came.
import http from "node:http";

/**
 * Starts a site: { origin, publish(path, content, options), url(path), hits(path), stop() }.
 * `content`: text or bytes, or anything else as JSON. `options`: `type`, `status`, `headers`, `delay` in ms before
 * the answer, and `hangs`: half of the content comes and then nothing more.
 */
export async function startSite() {
  const pages = new Map();
  const hits = new Map();
  const timers = new Set();
  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://site");
    hits.set(pathname, (hits.get(pathname) ?? 0) + 1);
    const page = pages.get(pathname);
    const answer = () => {
      response.writeHead(page?.status ?? 404, { "content-type": page?.type ?? "text/plain", ...page?.headers });
      if (page?.hangs) response.write(page.body.slice(0, page.body.length / 2));
      else response.end(page?.body ?? "nothing here");
    };
    if (!page?.delay) return answer();
    timers.add(setTimeout(answer, page.delay));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  const url = (path) => origin + path;
  return {
    origin,
    url,
    hits: (path) => hits.get(path) ?? 0,
    /** Puts `content` at `path`, in place of what was there: its address. */
    publish(path, content, { type = "application/json", status = 200, headers, delay, hangs } = {}) {
      const body = typeof content === "string" || Buffer.isBuffer(content) ? content : JSON.stringify(content);
      pages.set(path, { body, type, status, headers, delay, hangs });
      return url(path);
    },
    stop() {
      timers.forEach(clearTimeout);
      return new Promise((resolve) => server.close(resolve).closeAllConnections());
    },
  };
}
