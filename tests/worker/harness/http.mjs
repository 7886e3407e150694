// HTTP as the tests need it: any Host header, hundreds of connections at once, redirects left alone.
import http from "node:http";
import https from "node:https";
import { createServer } from "node:net";

const agents = { "http:": new http.Agent({ keepAlive: true, maxSockets: Infinity }), "https:": new https.Agent({ keepAlive: true }) };

/** Takes `certificate`, in PEM, for genuine from now on. */
export const trust = (certificate) => (agents["https:"].options.ca = certificate);

/**
 * Sends one request. `form` and `json` set the body and its type.
 * Resolves to { status, headers, location, text, json() }; a repeated Set-Cookie is an array in `headers`.
 */
export function request(url, { method, headers = {}, form, json, body } = {}) {
  if (form !== undefined) {
    body = new URLSearchParams(form).toString();
    headers = { "content-type": "application/x-www-form-urlencoded", ...headers };
  }
  if (json !== undefined) {
    body = JSON.stringify(json);
    headers = { "content-type": "application/json", ...headers };
  }
  if (body !== undefined) headers = { "content-length": Buffer.byteLength(body), ...headers };
  const target = new URL(url);
  return exchange(target, { method: method ?? (body === undefined ? "GET" : "POST"), headers, agent: agents[target.protocol] }, body);
}

/** Sends one request as `http.request` takes it: { status, headers, location, text, json() }. */
export function exchange(target, options, body) {
  return new Promise((resolve, reject) => {
    // The certificate is the address's, whatever the Host header says.
    const secure = target.protocol === "https:" && { servername: target.hostname };
    const sent = (secure ? https : http).request(target, { ...options, ...secure }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        const { statusCode: status, headers } = response;
        resolve({ status, headers, location: headers.location, text, json: () => JSON.parse(text) });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

const FIRST_PORT = 20_000;
const PORTS = 12_000;
const taken = new Set();

/** A free loopback port below the range that outgoing connections draw from, so that it is still free after a restart. */
export async function freePort() {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    if (taken.has(port)) continue;
    taken.add(port);
    const server = createServer();
    const free = await new Promise((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!free) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}
