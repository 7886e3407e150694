// Ids as the provider draws them: the tokens of a grant are its family and share the first half of their ids, so they lie side by side in the table; a
// code has the id of its grant, and the id of the access token that it buys follows from that.
const HALF = 8;
const HEIR = new TextEncoder().encode("heir");

export const fresh = () => crypto.getRandomValues(new Uint8Array(2 * HALF));

/** `id` in the family of another: its second half behind the first one of that. */
export function within(id, family) {
  const own = new Uint8Array(id);
  own.set(new Uint8Array(family).subarray(0, HALF));
  return own;
}

/** The first and the last id of a family. */
export const ends = (family) => [within(new Uint8Array(2 * HALF), family), within(new Uint8Array(2 * HALF).fill(255), family)];

/** The access token that the code of a grant buys: where there is one, the code is used. */
export async function heirOf(grant) {
  const named = new Uint8Array([...HEIR, ...grant]);
  return within(new Uint8Array(await crypto.subtle.digest("SHA-256", named), 0, 2 * HALF), grant);
}
