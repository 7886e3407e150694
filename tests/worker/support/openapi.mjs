// The admin API by its description: requests are sent to a real provider, and their answers are held against docs/reference/openapi.json.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import Ajv from "ajv/dist/2020.js";
import { rawRequest } from "./raw.mjs";
import { bearer } from "./relying_party.mjs";

const METHODS = ["get", "put", "post", "delete"];
const ERROR_FORMAT = "application/json";

export const description = JSON.parse(readFileSync(new URL("../../../docs/reference/openapi.json", import.meta.url)));

const ajv = new Ajv({ strict: false, allErrors: true });
ajv.addSchema(description, "api");
const pointer = (parts) => parts.map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/");

/** What the place in the description that `parts` lead to stands for: { parts, value }, any reference followed. */
function at(parts) {
  const value = parts.reduce((one, part) => one?.[part], description);
  return value?.$ref ? at(value.$ref.slice(2).split("/")) : { parts, value };
}

/** Fails unless `value` is what the schema at `parts` says. */
export function assertValid(parts, value, what) {
  const validate = ajv.getSchema(`api#/${pointer(parts)}`);
  assert.ok(validate(value), `${what}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(value)?.slice(0, 1000)}`);
}

/** Every operation: { path, method, operation, parts }. */
export const operations = Object.entries(description.paths).flatMap(([path, item]) =>
  METHODS.filter((method) => item[method]).map((method) => ({ path, method, operation: item[method], parts: ["paths", path, method] })));

/** Fails unless an answer to an operation is one of those that are described. */
export function assertDescribed({ path, method, parts }, answer) {
  const what = `${method} ${path} ${answer.status}`;
  const response = at([...parts, "responses", String(answer.status)]);
  assert.ok(response.value, `${what} is not described: ${answer.text.slice(0, 300)}`);
  for (const [name, header] of Object.entries(response.value.headers ?? {})) {
    const value = answer.headers[name.toLowerCase()];
    assert.ok(value !== undefined || !header.required, `${what} has no ${name}`);
    if (value !== undefined) assertValid([...response.parts, "headers", name, "schema"], value, `${name} of ${what}`);
  }
  const content = response.value.content?.[ERROR_FORMAT];
  if (!content || (answer.status === 401 && !answer.text)) return assert.equal(answer.text, "", `${what} has a body`);
  assert.equal(answer.headers["content-type"], ERROR_FORMAT, what);
  assertValid([...response.parts, "content", ERROR_FORMAT, "schema"], answer.json(), what);
}

/** Fails unless a request's body is what the description says that it has to be. */
export const assertRequest = ({ path, method, parts }, json) => assertValid([...parts, "requestBody", "content", ERROR_FORMAT, "schema"], json, `request of ${method} ${path}`);

/** Sends an operation, with the operator's token unless other headers are given. `names`: what stands in the braces; `query`: behind the path. */
export function send(op, { path, method }, { names = {}, query = "", json, body, headers = bearer(op.adminToken) } = {}) {
  const target = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(names[name])) + query;
  return rawRequest(op, target, { method: method.toUpperCase(), headers: { "content-type": "application/json", ...headers }, body: json === undefined ? body : JSON.stringify(json) });
}

export { at };
