// The issuer, and the way by which its host comes to the Worker.

const WORKERS_DEV = ".workers.dev";
const EXAMPLE = /(^|\.)example(\.com|\.net|\.org)?$/;
const ALLOWED = "an https origin such as https://login.your-domain.org: no path, no final slash";

/** What is wrong with the issuer itself: findings, none where it is sound. */
export function checkIssuer(issuer) {
  if (issuer === undefined) return [`ISSUER is missing; it has to be ${ALLOWED}`];
  const is = `ISSUER is ${JSON.stringify(issuer)}`;
  const url = typeof issuer === "string" ? parse(issuer) : undefined;
  if (url?.protocol !== "https:" || url.origin !== issuer) return [`${is}; it has to be ${ALLOWED}`];
  if (EXAMPLE.test(url.hostname)) return [`${is}, which is the example; it has to be the https origin that people will see`];
  return [];
}

function parse(text) {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/** What keeps the issuer's host from coming to this environment's Worker. */
export function checkAddress(configuration) {
  const { hostname: host, port } = new URL(configuration.vars.ISSUER);
  if (port) return [`ISSUER names the port ${port}; Workers are reached at the port of https alone, so it has to be https://${host}`];
  const strangers = strangersAmongRoutes(configuration, host);
  return [...(host.endsWith(WORKERS_DEV) ? checkWorkersDev(configuration, host) : checkRoutes(configuration, host)), ...strangers];
}

/** Whether the provider runs on a developer's own machine. */
export const isLoopback = (issuer) => /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(issuer).hostname);

/** The way to the issuer, for the operator to read. */
export const wayTo = (issuer) => (new URL(issuer).hostname.endsWith(WORKERS_DEV) ? "on workers.dev" : "at a domain of your own");

/** The lines of wrangler.toml that lead the issuer's host to the Worker. */
export function linesFor(issuer) {
  const { hostname: host } = new URL(issuer);
  if (host.endsWith(WORKERS_DEV)) return ["workers_dev = true", "routes = []"];
  return ["workers_dev = false", `routes = [{ pattern = "${host}", custom_domain = true }]`];
}

function checkWorkersDev({ worker, workersDev }, host) {
  const found = [];
  const [name, account, ...rest] = host.slice(0, -WORKERS_DEV.length).split(".");
  if (name !== worker || !account || rest.length) {
    found.push(`ISSUER is on workers.dev by another name; it has to be https://${worker}.ACCOUNT.workers.dev, where ACCOUNT is your account's subdomain`);
  }
  if (!workersDev) found.push("workers_dev has to be true, because the issuer is on workers.dev");
  return found;
}

function checkRoutes({ routes }, host) {
  if (routes.some((route) => leads(route, host))) return [];
  return [`routes: none leads ${host} to the Worker; there has to be one with pattern = "${host}" and custom_domain = true, or a zone's "${host}/*"`];
}

function leads({ pattern, custom_domain: custom }, host) {
  if (custom) return pattern === host;
  const [, wild, name] = /^(?:https?:\/\/)?(\*?)([^/*]*)\/?\*$/.exec(pattern) ?? [];
  return wild ? host.endsWith(name) : name === host;
}

// An environment inherits routes, and its deployment would take the other environment's domain away.
function strangersAmongRoutes(configuration, host) {
  const { environment, own, routes } = configuration;
  if (!environment || own.routes || own.route) return [];
  return routes
    .filter((route) => !leads(route, host))
    .map(({ pattern }) => `routes: [env.${environment}] inherits "${pattern}" and would take it from production; below [env.${environment}] there has to be routes = [...] of its own, or routes = []`);
}
