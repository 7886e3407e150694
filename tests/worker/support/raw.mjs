// Requests whose path, query and headers arrive as they are written: nothing here parses or normalises a URL. Answers may have long headers too.
import { exchange } from "../harness/http.mjs";

/** Sends `target` as it stands in the request line: { status, headers, location, text, json() }, as the harness answers. */
export function rawRequest(op, target, { method = "GET", headers = {}, body } = {}) {
  const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
  const options = { method, path: target, headers: { host: new URL(op.issuer).host, ...length, ...headers }, maxHeaderSize: 1 << 20 };
  return exchange(new URL(op.url), options, body);
}
