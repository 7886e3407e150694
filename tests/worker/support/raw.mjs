// Requests whose path, query and headers arrive as they are written: nothing here parses or normalises a URL.
import http from "node:http";

/** Sends `target` as it stands in the request line: { status, headers, location, text, json() }, as the harness answers. */
export function rawRequest(op, target, { method = "GET", headers = {}, body } = {}) {
  const { hostname, port } = new URL(op.url);
  const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const options = { hostname, port, method, path: target, headers: { host: new URL(op.issuer).host, ...length, ...headers } };
    const sent = http.request(options, (response) => {
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
