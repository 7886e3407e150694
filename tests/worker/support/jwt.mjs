// JSON Web Tokens as a resource server sees them, and as a forger makes them.
import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";

const HASHES = { RS256: { dsaEncoding: "der" }, ES256: { dsaEncoding: "ieee-p1363" } };

const part = (text) => JSON.parse(Buffer.from(text, "base64url"));
export const encode = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/** The header and claims, unchecked. */
export function decode(token) {
  const [header, claims] = token.split(".");
  return { header: part(header), claims: part(claims) };
}

/** The header and claims of a token that one of `keys` has signed. */
export function verified(token, keys) {
  const { header, claims } = decode(token);
  const [key, ...others] = keys.filter(({ kid, alg }) => kid === header.kid && alg === header.alg);
  assert.ok(key && !others.length, `not exactly one key for ${JSON.stringify(header)}`);
  const [signed, signature] = [token.slice(0, token.lastIndexOf(".")), token.slice(token.lastIndexOf(".") + 1)];
  const publicKey = createPublicKey({ key, format: "jwk" });
  const sound = verify("sha256", Buffer.from(signed), { key: publicKey, ...HASHES[header.alg] }, Buffer.from(signature, "base64url"));
  assert.ok(sound, "the signature is not sound");
  return { header, claims };
}

/** The same token with other header members or claims and, unless another is given, the old signature. */
export function forged(token, { header = {}, claims = {}, signature = token.split(".")[2] } = {}) {
  const known = decode(token);
  return `${encode({ ...known.header, ...header })}.${encode({ ...known.claims, ...claims })}.${signature}`;
}
