// HTTP as the self-check needs it: any Host header, no redirect followed, and an end to all waiting.
import { request } from "node:https";

const LIMIT_MS = 15_000;

/** Sends one request: { status, headers, text }. What goes wrong below HTTP is an error with a `code`. */
export function exchange(url, { method = "GET", headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const target = new URL(url);
    // The certificate is the address's, whatever the Host header says.
    const options = { method, headers, servername: target.hostname, signal: AbortSignal.timeout(LIMIT_MS), agent: false };
    const sent = request(target, options, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, text: Buffer.concat(chunks).toString() }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

const CERTIFICATE = /^(CERT_|ERR_TLS|ERR_SSL|EPROTO|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/;

/** The same in plain words, for who waits for DNS and certificates to come. */
export function inPlainWords({ name, code = "", message }, host) {
  if (/^(ENOTFOUND|EAI_AGAIN)$/.test(code)) return `${host} has no address in DNS: look whether the route or custom domain of wrangler.toml is there, and give a new one some minutes`;
  if (CERTIFICATE.test(code)) return `the TLS certificate of ${host} is not accepted (${code}): a new custom domain gets its certificate within minutes; look at the zone's SSL/TLS settings if it stays so`;
  if (name === "AbortError" || name === "TimeoutError" || code === "ETIMEDOUT") return `${host} does not answer within ${LIMIT_MS / 1000} seconds`;
  return `${host} cannot be reached (${code || message}): look whether its DNS record leads to Cloudflare`;
}
