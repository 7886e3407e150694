// What an answer has to be, in the words of the specification: a local page, an error at the redirect URI, an error in JSON.
import assert from "node:assert/strict";

const textOf = ({ text }) => text.replace(/<style>.*?<\/style>/s, "").replace(/<[^>]+>/g, " ");

/** A 4xx page of the provider's own that leads nowhere; `words` stand in its visible text. */
export function assertLocal(answer, ...words) {
  assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status} ${answer.location ?? ""}`);
  assert.equal(answer.location, undefined);
  assert.match(answer.headers["content-type"], /^text\/html/);
  assert.doesNotMatch(answer.text, /http-equiv/i);
  for (const word of words) assert.ok(textOf(answer).includes(word), `"${word}" is not in: ${textOf(answer)}`);
}

/** The parameters of an answer at the redirect URI of `request`; its own query is kept and not among them. */
export function answerAt({ fields }, { status, location, text }) {
  assert.equal(status, 303, text);
  const query = fields.redirect_uri.includes("?") ? "&" : "?";
  const separator = /token/.test(fields.response_type) ? "#" : query;
  assert.ok(location.startsWith(fields.redirect_uri + separator), location);
  const parameters = new URLSearchParams(location.slice(fields.redirect_uri.length + 1));
  assert.deepEqual([...new Set(parameters.keys())], [...parameters.keys()], "a parameter stands twice");
  return Object.fromEntries(parameters);
}

/** An error that is sent to the client: the code, the request's state as it was, the issuer, and nothing else. */
export function assertRedirectError(op, answer, error) {
  const { error_description: description, ...rest } = answerAt(answer.request, answer);
  const state = answer.request.fields.state;
  assert.deepEqual(rest, { error, ...(typeof state === "string" && state && { state }), iss: op.issuer });
  assert.match(description, /^[ !#-[\]-~]+$/);
  assert.match(answer.headers["cache-control"], /no-store/);
}

/** An error in JSON. */
export function assertJsonError(answer, status, error) {
  assert.equal(`${answer.status} ${answer.text && answer.json().error}`, `${status} ${error}`);
  assert.match(answer.headers["content-type"], /^application\/json/);
  assert.equal(answer.headers["cache-control"], "no-store");
  assert.equal(answer.headers.pragma, "no-cache");
  assert.deepEqual(Object.keys(answer.json()), ["error", "error_description"]);
}
