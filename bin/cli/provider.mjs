// The provider whose admin API is used, and requests to it.
import { existsSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { fileURLToPath } from "node:url";
import { readDevVars } from "../../scripts/dev-vars.mjs";
import { EXIT, Failure, misused } from "./failure.mjs";
import { firstLine } from "./input.mjs";

const ANSWER_LIMIT_MS = 60_000;
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
const root = new URL("../../", import.meta.url);

/** The provider of `npm start`, by what that reads itself. */
function ofNpmStart(env) {
  const file = env.DEV_VARS || fileURLToPath(new URL(".dev.vars", root));
  const token = existsSync(file) && readDevVars(file).ADMIN_TOKEN;
  return token && { issuer: env.ISSUER || `http://localhost:${env.PORT || 8787}`, token };
}

/** Where the provider is and the operator's token: from the options, from the environment, or, where neither says anything, of `npm start`. */
export function whichProvider(options, env) {
  const issuer = options.issuer || env.TREELINE_ISSUER;
  const token = options["token-file"] ? firstLine(options["token-file"]) : env.TREELINE_ADMIN_TOKEN?.trim();
  const known = issuer || token ? { issuer, token } : ofNpmStart(env);
  if (!known?.issuer) throw misused("no provider is named", "say --issuer https://login.example.com, or set TREELINE_ISSUER");
  if (!known.token) throw misused("no admin token is given", "set TREELINE_ADMIN_TOKEN, or say --token-file FILE");
  return { token: known.token, origin: originOf(known.issuer) };
}

/** The provider's address, as a URL. The token goes to nobody who could read it on the way. */
function originOf(issuer) {
  let url;
  try {
    url = new URL(issuer);
  } catch {
    throw misused(`the issuer "${issuer}" is not a URL`, "it begins with https://");
  }
  const isSafe = url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.test(url.hostname));
  if (!isSafe) throw misused(`the issuer ${url.origin} is not https`, "http is for providers on this machine");
  if (url.username || url.password || url.pathname !== "/" || url.search || url.hash) throw misused(`the issuer "${issuer}" is not an origin`, `say ${url.origin}`);
  return url;
}

/** Sends one request: { status, headers, body }, the body as JSON where it is that. Redirects are not followed: the token is for this provider alone. */
function send({ origin, token }, method, path, json) {
  const body = json === undefined ? undefined : JSON.stringify(json);
  const headers = {
    authorization: `Bearer ${token}`,
    accept: "application/json",
    ...(body !== undefined && { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
  };
  const { request } = origin.protocol === "https:" ? https : http;
  // The path goes as it is: a URL would take ".." for more than a name.
  const address = { hostname: origin.hostname.replace(/^\[|\]$/g, ""), port: origin.port };
  return new Promise((resolve, reject) => {
    const sent = request({ ...address, path, method, headers, autoSelectFamily: true }, (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, body: parsed(Buffer.concat(chunks).toString()) }));
    });
    sent.setTimeout(ANSWER_LIMIT_MS, () => sent.destroy(Object.assign(new Error(), { code: "no answer in time" })));
    sent.on("error", reject);
    sent.end(body);
  });
}

function parsed(text) {
  try {
    return text && JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The failure that an answer is; `missing` says what a 404 means. */
function failure({ origin }, { status, headers, body }, missing) {
  const said = body?.error_description ?? body?.error;
  if (status === 401) {
    const hint = "it has to be the ADMIN_TOKEN that the provider runs with; see TREELINE_ADMIN_TOKEN and --token-file";
    return new Failure(`${origin.origin} does not take this admin token`, { hint });
  }
  if (status === 404) return new Failure(missing ?? `${origin.origin} has no such thing`, { isMissing: true });
  if (status === 429) return new Failure(said ?? "too many requests", { hint: `try again in ${headers["retry-after"] ?? 60} seconds` });
  if (status === 413) return new Failure("the input is too large", { hint: "send it in parts" });
  if (status >= 500) {
    const hint = "the fault is the provider's; its log says more";
    return new Failure(said ?? `${origin.origin} answers with status ${status}`, { hint, code: EXIT.unreachable });
  }
  if (said) return new Failure(said);
  const hint = "is this the issuer of a Treeline provider?";
  return new Failure(`${origin.origin} answers with status ${status}`, { hint, code: EXIT.unreachable });
}

/** A function (method, path, { json, missing }) that gives the body of an answer, and throws a Failure for anything but success. */
export function connect(provider) {
  return async (method, path, { json, missing } = {}) => {
    const answer = await send(provider, method, path, json).catch((error) => {
      const hint = "is the provider running, and is this its address? See --issuer and TREELINE_ISSUER";
      throw new Failure(`${provider.origin.origin} cannot be reached: ${error.code ?? error.message}`, { hint, code: EXIT.unreachable });
    });
    const isSuccess = answer.status === 204 || (answer.status >= 200 && answer.status < 300 && answer.body !== undefined);
    if (!isSuccess) throw failure(provider, answer, missing);
    return { status: answer.status, body: answer.body };
  };
}
