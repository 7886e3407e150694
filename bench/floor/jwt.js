// JWTs by WebCrypto, with one ES256 key for each isolate.
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const encoder = new TextEncoder();
let pair;

export const encode = (bytes) => bytes.toBase64({ alphabet: "base64url", omitPadding: true });
export const decode = (text) => Uint8Array.fromBase64(text, { alphabet: "base64url" });
const part = (value) => encode(encoder.encode(JSON.stringify(value)));

async function key() {
  if (pair) return pair;
  const made = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  // Another request may have been faster.
  return (pair ??= made);
}

export async function sign(type, claims) {
  const signed = `${part({ alg: "ES256", typ: type, kid: "floor" })}.${part(claims)}`;
  const signature = await crypto.subtle.sign(ALGORITHM, (await key()).privateKey, encoder.encode(signed));
  return `${signed}.${encode(new Uint8Array(signature))}`;
}

/** The claims of a token of ours. */
export async function verified(token) {
  const [header, claims, signature] = token.split(".");
  const isOurs = await crypto.subtle.verify(ALGORITHM, (await key()).publicKey, decode(signature), encoder.encode(`${header}.${claims}`));
  return isOurs ? JSON.parse(new TextDecoder().decode(decode(claims))) : undefined;
}
