// The doors: that every endpoint answers, and that those which should be shut are.
import { exchange } from "../exchange.mjs";
import { addresses, isOwn } from "./discovery.mjs";
import { either, untried } from "./finding.mjs";

/** Endpoints that take a form; the others are opened. None of it is a request that changes anything. */
const FORMS = ["token_endpoint", "revocation_endpoint", "introspection_endpoint"];
const FORM = { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" }, body: "grant_type=self-check" };

export async function checkDoors(metadata, { adminToken, registration }) {
  return [await endpoints(metadata), ...(await administration(metadata, adminToken)), await registering(metadata, registration)];
}

/** The answer, or a status of 0 where there is none. */
const reach = (url, request) => exchange(url, request).catch(() => ({ status: 0, text: "" }));

async function endpoints(metadata) {
  const failing = [];
  // The keys are read by a check of their own.
  const asked = addresses(metadata).filter(([name, url]) => name !== "jwks_uri" && isOwn(metadata, url));
  for (const [name, url] of asked) {
    const { status } = await reach(url, FORMS.includes(name) ? FORM : undefined);
    if (status === 0 || status >= 500 || status === 404) failing.push(`${name} (${status || "no answer"})`);
  }
  return either(!failing.length, "every endpoint answers", `these endpoints fail: ${failing.join(", ")}; \`npx wrangler tail\` shows why`);
}

async function administration({ issuer }, adminToken) {
  const ask = (token) => reach(`${issuer}/admin/keys`, { headers: token ? { authorization: `Bearer ${token}` } : {} });
  const { status } = await ask();
  const findings = [either(status === 401, "the admin API refuses whoever has no token", `the admin API answers with status ${status} where there is no token; it has to be 401: take the provider down until that is understood`)];
  if (!adminToken) return [...findings, untried("whether the admin API takes ADMIN_TOKEN was not tried: set the environment variable ADMIN_TOKEN to have it tried")];
  const { status: known } = await ask(adminToken);
  const remedy = known === 401 ? "it is not the Worker's; `npm run deploy -- --rotate ADMIN_TOKEN` sets a new one" : "`npx wrangler tail` shows why";
  return [...findings, either(known === 200, "the admin API takes ADMIN_TOKEN", `the admin API answers ADMIN_TOKEN with status ${known}: ${remedy}`)];
}

// No client is registered by this: without a redirect URI it is refused even where everybody may register.
async function registering(metadata, registration) {
  const { registration_endpoint: url } = metadata;
  if (!url) return either(registration === "token", "clients are registered by the operator alone", "discovery names no registration endpoint, though REGISTRATION says that it is open; deploy again");
  if (!isOwn(metadata, url)) return untried("registration was not tried, because it is elsewhere");
  const { status } = await reach(url, { method: "POST", headers: { "content-type": "application/json" }, body: '{"redirect_uris":[]}' });
  const closed = status === 401 || status === 403;
  if (registration === "token") return either(closed, "registration asks for the initial access token", `registration is open to everybody (status ${status} without a token): REGISTRATION has to be token, and the deployed Worker one that knows it; deploy again`);
  return either(status === 400, "registration is open, as REGISTRATION says", `registration answers with status ${status}, though REGISTRATION says that it is open; deploy again`);
}
