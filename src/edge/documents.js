// Public documents, given again without asking Rust: what it has just answered, whoever asks, it would answer again. Once a second it is asked all the same,
// so what it renews with time is renewed, and at once where it says that it has others.

const NUMBER = "x-request-id";

/** How long an answer is given again, in milliseconds. */
const LIFETIME = 1000;

/** More documents than there are: past it somebody makes addresses up. */
const LIMIT = 16;

const kept = new Map();

/** The number that Cloudflare has given to a request. */
export function rayOf(request) {
  const ray = request.headers.get("cf-ray");
  return ray && /^[a-z0-9-]{1,64}$/i.test(ray) ? ray : undefined;
}

/** A response that was prepared, with the number of its request. */
export const repeat = ({ body, init: { status, headers } }, number) => new Response(body, { status, headers: { ...headers, [NUMBER]: number } });

/** Keeps what a GET of `url` has been answered. Those that get it again are numbered below `number`, where they have none of their own. */
export function keep(url, answer, number) {
  if (kept.size >= LIMIT) kept.clear();
  kept.set(url, { answer, number, times: 0, at: Date.now() });
}

/** There are others now. */
export const forget = () => kept.clear();

/** The response to a request, where it is known. */
export function again(request) {
  const known = request.method === "GET" && kept.get(request.url);
  if (!known) return undefined;
  const age = Date.now() - known.at;
  if (age < 0 || age >= LIFETIME || request.headers.has("if-none-match")) return undefined;
  known.times += 1;
  return repeat(known.answer, rayOf(request) ?? `${known.number}.${known.times}`);
}
