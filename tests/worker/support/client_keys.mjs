// A client's own keys, and the JSON Web Tokens that it makes and reads with them.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as jose from "jose";

export const SIGNATURES = ["RS256", "PS256", "ES256", "EdDSA", "HS256", "none"];
export const ASYMMETRIC = ["RS256", "PS256", "ES256", "EdDSA"];
export const KEY_MANAGEMENT = ["RSA-OAEP", "RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW", "A128KW", "A256KW", "dir"];
export const CONTENT_ENCRYPTION = ["A128GCM", "A256GCM", "A128CBC-HS256", "A256CBC-HS512"];

const made = new Map();

/** The client's key for an algorithm, the same at every call in one process: { privateKey, publicKey, jwk }; the JWK without a kid. */
export async function keyFor(alg, name = "") {
  const id = `${alg} ${name}`;
  if (!made.has(id)) made.set(id, make(alg));
  return made.get(id);
}

async function make(alg) {
  const { privateKey, publicKey } = await jose.generateKeyPair(alg, { extractable: true });
  const use = KEY_MANAGEMENT.includes(alg) ? "enc" : "sig";
  return { privateKey, publicKey, jwk: { ...(await jose.exportJWK(publicKey)), use, alg } };
}

/** A JWK Set of the client's public keys for these algorithms; `changes` to each key. */
export async function jwksOf(algs, changes = {}) {
  const keys = await Promise.all(algs.filter((alg) => !isSymmetric(alg)).map(async (alg) => (await keyFor(alg)).jwk));
  return { keys: keys.map((key) => JSON.parse(JSON.stringify({ ...key, ...changes }))) };
}

export const isSymmetric = (alg) => ["HS256", "HS384", "HS512", "A128KW", "A192KW", "A256KW", "dir", "none"].includes(alg);
export const secretOf = ({ client_secret }) => new TextEncoder().encode(client_secret);

const BYTES = { A128KW: 16, A192KW: 24, A256KW: 32, A128GCM: 16, A192GCM: 24, A256GCM: 32, "A128CBC-HS256": 32, "A192CBC-HS384": 48, "A256CBC-HS512": 64 };

/** The symmetric encryption key that a client secret stands for (OpenID Connect Core, section 10.2). */
export function sharedKey({ client_secret }, alg, enc) {
  const length = BYTES[alg === "dir" ? enc : alg];
  const hash = length <= 32 ? "sha256" : length <= 48 ? "sha384" : "sha512";
  return new Uint8Array(createHash(hash).update(client_secret).digest().subarray(0, length));
}

const now = () => Math.floor(Date.now() / 1000);

/** A compact JWS of the client's: `alg` as registered, `header` and `key` where they are to differ. */
export async function signed(client, claims, { alg = "RS256", header = {}, key } = {}) {
  if (alg === "none") return new jose.UnsecuredJWT(claims).encode();
  const by = key ?? (isSymmetric(alg) ? secretOf(client) : (await keyFor(alg)).privateKey);
  return new jose.CompactSign(new TextEncoder().encode(JSON.stringify(claims))).setProtectedHeader({ alg, ...header }).sign(by);
}

/** A request object: a JWT of authorization request parameters. */
export const requestObject = (client, fields, options) => {
  const present = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  return signed(client, present, options);
};

/** A client assertion for the token endpoint, one use; `changes` to its claims. */
export function assertion(op, client, { alg, key, header, ...changes } = {}) {
  const claims = { iss: client.client_id, sub: client.client_id, aud: op.issuer, jti: crypto.randomUUID(), iat: now(), exp: now() + 60, ...changes };
  const method = client.token_endpoint_auth_method;
  return signed(client, JSON.parse(JSON.stringify(claims)), { alg: alg ?? (method === "client_secret_jwt" ? "HS256" : "RS256"), key, header });
}

/** The form fields by which a client presents an assertion. */
export const assertionFields = async (...parameters) => ({
  client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
  client_assertion: await assertion(...parameters),
});

/** Encrypts for the provider: a compact JWE of `text`, a nested JWT. */
export async function encryptedFor(client, text, { alg, enc, jwk }) {
  const key = isSymmetric(alg) ? sharedKey(client, alg, enc) : await jose.importJWK(jwk, alg);
  return new jose.CompactEncrypt(new TextEncoder().encode(text)).setProtectedHeader({ alg, enc, cty: "JWT", ...(jwk?.kid && { kid: jwk.kid }) }).encrypt(key);
}

/** Decrypts what the provider encrypted for the client: the nested JWT. Throws where it is not by `alg` and `enc`. */
export async function decrypted(client, token, { alg, enc }) {
  assert.equal(token.split(".").length, 5, `no JWE: ${token.slice(0, 40)}`);
  const key = isSymmetric(alg) ? sharedKey(client, alg, enc) : (await keyFor(alg)).privateKey;
  const options = { keyManagementAlgorithms: [alg], contentEncryptionAlgorithms: [enc] };
  const { plaintext, protectedHeader } = await jose.compactDecrypt(token, key, options);
  assert.equal(protectedHeader.cty, "JWT");
  return new TextDecoder().decode(plaintext);
}

/** The header and claims of a token that the provider has signed for the client by `alg`, checked by its published keys. */
export async function read(op, client, token, { alg = client.id_token_signed_response_alg ?? "RS256", typ } = {}) {
  if (alg === "none") {
    const { payload, header } = jose.UnsecuredJWT.decode(token, { issuer: op.issuer, audience: client.client_id });
    return { claims: payload, header };
  }
  const keys = alg.startsWith("HS") ? secretOf(client) : jose.createLocalJWKSet((await op.request("/jwks")).json());
  const { payload, protectedHeader } = await jose.jwtVerify(token, keys, { algorithms: [alg], issuer: op.issuer, audience: client.client_id, typ });
  return { claims: payload, header: protectedHeader };
}
