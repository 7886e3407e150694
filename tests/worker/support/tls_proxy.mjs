// What stands before a provider in production: TLS, and then plain HTTP to the worker.
import http from "node:http";
import https from "node:https";
import { selfSigned } from "./certificate.mjs";

/** Starts a proxy with a certificate of its own: { origin, certificate, forwardTo(url), stop() }. Headers pass as they come. */
export async function startTlsProxy() {
  const { key, cert } = selfSigned();
  let target;
  const server = https.createServer({ key, cert }, (request, response) => {
    const { method, headers, url } = request;
    const onward = http.request(new URL(target), { method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.writeHead(502).end());
    request.pipe(onward);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `https://localhost:${server.address().port}`,
    certificate: cert,
    forwardTo: (url) => (target = url),
    stop: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
}

/** `fetch` for libraries, trusting that certificate too. */
export const fetchTrusting = (ca) => (url, { method = "GET", headers = {}, body } = {}) =>
  new Promise((resolve, reject) => {
    const content = body === undefined || body === null ? undefined : String(body);
    const sent = https.request(url, { method, ca, headers: Object.fromEntries(new Headers(headers)) }, (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        const bodiless = [101, 204, 205, 304].includes(answer.statusCode);
        const many = Object.entries(answer.headers).flatMap(([name, value]) => [value].flat().map((one) => [name, one]));
        resolve(new Response(bodiless ? null : Buffer.concat(chunks), { status: answer.statusCode, headers: many }));
      });
    });
    sent.on("error", reject);
    sent.end(content);
  });
