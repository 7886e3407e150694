// Discovery: that it is there, and that it is this issuer's.
import { exchange, inPlainWords } from "../exchange.mjs";
import { either, right, untried, wrong } from "./finding.mjs";

const PATH = "/.well-known/openid-configuration";
const SKEW_LIMIT_S = 30;
const LOG = "`npx wrangler tail` shows why";

/** { findings, metadata?, early }: `early` where the issuer is not there yet and may come. */
export async function checkDiscovery(issuer) {
  let answer;
  try {
    answer = await exchange(issuer + PATH);
  } catch (error) {
    return { findings: [wrong(inPlainWords(error, new URL(issuer).host))], early: true };
  }
  const refused = refusal(issuer, answer);
  if (refused) return refused;
  const metadata = readJson(answer.text);
  if (metadata?.issuer !== issuer) {
    return { findings: [wrong(`discovery names the issuer ${JSON.stringify(metadata?.issuer)} and not ${issuer}: set ISSUER in wrangler.toml to what people see, and deploy`)] };
  }
  const findings = [right(`discovery is there, and its issuer is ${issuer}`), endpoints(metadata), ...headers(answer), clock(answer), ...(await spoofed(issuer, answer))];
  return { findings, metadata };
}

function refusal(issuer, { status, headers, text }) {
  if (status === 200) return undefined;
  if (status >= 300 && status < 400) {
    return { findings: [wrong(`discovery answers with a redirect to ${headers.location}: apps follow none, so the issuer's host has to lead to the Worker itself; look at the zone's redirect rules`)] };
  }
  const why = {
    404: "discovery is not there (404): the host does not lead to this Worker; look at the route or custom domain of wrangler.toml",
    500: `the provider is there but stops at its start (500): a variable or secret is wrong or missing; ${LOG}`,
  };
  const reason = status === 500 && !text.includes("not configured") ? undefined : why[status];
  return { findings: [wrong(reason ?? `discovery answers with status ${status}; ${LOG}`)], early: status === 404 || status >= 500 };
}

function endpoints(metadata) {
  const elsewhere = addresses(metadata).filter(([, url]) => !isOwn(metadata, url));
  return either(!elsewhere.length, "every endpoint is the issuer's own", `discovery names endpoints elsewhere: ${elsewhere.map(([name, url]) => `${name} ${url}`).join(", ")}; something before the Worker changes its answers`);
}

/** What the document names: [name, url]. */
export const addresses = (metadata) => Object.entries(metadata).filter(([name, value]) => /_(endpoint|uri|iframe)$/.test(name) && typeof value === "string");

/** Whether an address is the issuer's own; nothing is sent to any other. */
export const isOwn = ({ issuer }, url) => typeof url === "string" && url.startsWith(`${issuer}/`);

function headers({ headers }) {
  const age = Number(/max-age=(\d+)/.exec(headers["strict-transport-security"])?.[1] ?? 0);
  const change = "something before the Worker takes it out; look at the zone's transform rules";
  return [
    either(age > 0, "browsers are told to stay with https", `Strict-Transport-Security is missing: ${change}`),
    either(headers["x-content-type-options"] === "nosniff", "browsers are told not to guess types", `X-Content-Type-Options: nosniff is missing: ${change}`),
  ];
}

function clock({ headers }) {
  const skew = Math.round(Math.abs(Date.now() - Date.parse(headers.date ?? "")) / 1000);
  if (Number.isNaN(skew)) return untried("the answer has no Date, so clocks were not compared");
  return either(skew <= SKEW_LIMIT_S, "its clock and this machine's agree",
    `its clock and this machine's are ${skew} seconds apart: set this machine's, which is the likelier one to be wrong; tokens are good for minutes, and apps with such a clock refuse them`);
}

/** A name that was never the provider's must not come back from it. */
async function spoofed(issuer, genuine) {
  const tries = [{ "x-forwarded-host": "evil.invalid" }, { "x-forwarded-proto": "http" }, { host: "evil.invalid" }];
  const taken = [];
  for (const headers of tries) {
    const answer = await exchange(issuer + PATH, { headers }).catch(() => ({ status: 0 }));
    // Another Host may well be refused before it comes to the Worker.
    const fine = answer.status === 200 ? answer.text === genuine.text : "host" in headers;
    if (!fine) taken.push(Object.entries(headers).flat().join(": "));
  }
  return [either(!taken.length, "a forged Host or X-Forwarded-Host changes nothing", `discovery is another with a forged header (${taken.join("; ")}): something before the Worker answers by it`)];
}

/** The value that a text has as JSON, or undefined. */
export function readJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
