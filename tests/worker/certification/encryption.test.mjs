// Encrypted ID tokens and userinfo: every key management algorithm with every content encryption.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { compactDecrypt } from "jose";
import { createUser, startProvider } from "../harness/provider.mjs";
import { tokensOf } from "../support/back_channel.mjs";
import { CONTENT_ENCRYPTION, KEY_MANAGEMENT, SIGNATURES, decrypted, isSymmetric, jwksOf, keyFor, read } from "../support/client_keys.mjs";
import { EVERY_FLOW, granted } from "../support/front_channel.mjs";
import { decode } from "../support/jwt.mjs";
import { CALLBACK, DIANA, bearer, register } from "../support/relying_party.mjs";
import { startSite } from "../support/site.mjs";

let op, site, browser;

before(async () => {
  op = await startProvider({ vars: { REGISTRATION_LIMIT: 1000 } });
  site = await startSite();
  await createUser(op, "diana", DIANA);
  ({ browser } = await granted(op, await register(op)));
});
after(() => Promise.all([op?.stop(), site?.stop()]));

/** A client for whom ID tokens and userinfo are encrypted. */
const secretive = async (alg, enc, changes = {}) => register(op, {
  ...EVERY_FLOW,
  ...(!isSymmetric(alg) && { jwks: await jwksOf([alg]) }),
  id_token_encrypted_response_alg: alg,
  id_token_encrypted_response_enc: enc,
  userinfo_signed_response_alg: "RS256",
  userinfo_encrypted_response_alg: alg,
  userinfo_encrypted_response_enc: enc,
  ...changes,
});
const infoOf = (token, headers) => op.request("/userinfo", { headers: { ...bearer(token), ...headers } });

for (const alg of KEY_MANAGEMENT) {
  for (const enc of CONTENT_ENCRYPTION) {
    test(`ID token 4 and UserInfo 2: encrypted by ${alg} with ${enc}`, async () => {
      const client = await secretive(alg, enc);
      const done = await granted(op, client, { response_type: "code id_token" }, { browser });
      const { id_token, access_token } = await tokensOf(op, client, done);
      const subjects = [];
      for (const token of [id_token, done.answer.id_token]) {
        const { claims } = await read(op, client, await decrypted(client, token, { alg, enc }));
        assert.equal(claims.nonce, done.fields.nonce);
        subjects.push(claims.sub);
      }
      const info = await infoOf(access_token, { accept: "application/json" });
      assert.match(info.headers["content-type"], /^application\/jwt\b/);
      const { claims } = await read(op, client, await decrypted(client, info.text, { alg, enc }), { alg: "RS256" });
      subjects.push(claims.sub);
      assert.equal(new Set(subjects).size, 1);
    });
  }
}

for (const alg of SIGNATURES.filter((one) => one !== "none")) {
  test(`ID token 4: signed by ${alg}, then encrypted`, async () => {
    const enc = "A128CBC-HS256";
    const client = await secretive("RSA-OAEP", enc, { id_token_signed_response_alg: alg });
    const { id_token } = await tokensOf(op, client, await granted(op, client, {}, { browser }));
    const { header } = await read(op, client, await decrypted(client, id_token, { alg: "RSA-OAEP", enc }), { alg });
    assert.equal(header.alg, alg);
  });
}

test("ID token 4: the content encryption is A128CBC-HS256 where the client names none", async () => {
  const client = await secretive("RSA-OAEP-256", undefined, { userinfo_signed_response_alg: undefined, userinfo_encrypted_response_alg: undefined });
  assert.equal(client.id_token_encrypted_response_enc, "A128CBC-HS256");
  const { id_token } = await tokensOf(op, client, await granted(op, client, {}, { browser }));
  await read(op, client, await decrypted(client, id_token, { alg: "RSA-OAEP-256", enc: "A128CBC-HS256" }));
});

test("ID token 4: the client's key is found by its kid, without one, and behind jwks_uri", async () => {
  const { keys: [key] } = await jwksOf(["ECDH-ES"]);
  const sets = [{ keys: [{ ...key, kid: "mine" }] }, { keys: [key] }, { keys: [{ ...key, alg: undefined, use: undefined }] },
    { keys: [...(await jwksOf(["RS256", "RSA-OAEP"], { kid: "another" })).keys.slice(0, 1), { ...key, kid: "mine" }] }];
  for (const jwks of sets) {
    for (const where of [{ jwks }, { jwks: undefined, jwks_uri: site.publish("/jwks", jwks) }]) {
      const client = await secretive("ECDH-ES", "A256GCM", where);
      const { id_token } = await tokensOf(op, client, await granted(op, client, {}, { browser }));
      const { header } = decode(`${id_token.split(".")[0]}.e30`);
      if (jwks.keys.at(-1).kid) assert.equal(header.kid, "mine");
      await read(op, client, await decrypted(client, id_token, { alg: "ECDH-ES", enc: "A256GCM" }));
    }
  }
});

test("UserInfo 2: encrypted without a signature is plain JSON within", async () => {
  const client = await secretive("RSA-OAEP", "A128GCM", { userinfo_signed_response_alg: undefined });
  const { access_token, id_token } = await tokensOf(op, client, await granted(op, client, {}, { browser }));
  const info = await infoOf(access_token);
  assert.match(info.headers["content-type"], /^application\/jwt\b/);
  const { plaintext } = await compactDecrypt(info.text, (await keyFor("RSA-OAEP")).privateKey);
  const { sub } = JSON.parse(new TextDecoder().decode(plaintext));
  const { claims } = await read(op, client, await decrypted(client, id_token, { alg: "RSA-OAEP", enc: "A128GCM" }));
  assert.equal(sub, claims.sub);
});

test("ID token 4: encryption that cannot be had is refused at registration", async () => {
  const refused = [
    { id_token_encrypted_response_alg: "RSA-OAEP" },
    { id_token_encrypted_response_enc: "A128GCM" },
    { id_token_encrypted_response_alg: "RSA1_5", jwks: await jwksOf(["RSA-OAEP"]) },
    { userinfo_encrypted_response_alg: "A128KW", token_endpoint_auth_method: "none" },
    { id_token_encrypted_response_alg: "dir", id_token_encrypted_response_enc: "foo" },
  ];
  for (const metadata of refused) {
    const answer = await op.request("/registration", { json: { redirect_uris: [CALLBACK], ...metadata } });
    assert.deepEqual([answer.status, answer.json().error], [400, "invalid_client_metadata"], JSON.stringify(metadata).slice(0, 100));
  }
});
