// What the provider fetches from a client's site: sector identifiers, keys, request objects; and what it makes of a hostile one.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createUser, startProvider } from "../harness/provider.mjs";
import { redeemed, tokensOf } from "../support/back_channel.mjs";
import { assertion, keyFor, requestObject } from "../support/client_keys.mjs";
import { assertRefused, granted, open } from "../support/front_channel.mjs";
import { decode } from "../support/jwt.mjs";
import { CALLBACK, DIANA, random, register } from "../support/relying_party.mjs";
import { startSite } from "../support/site.mjs";

const OTHER = "https://other.example/callback";
const SLOW_MS = 15_000;
const PATIENCE_MS = 13_000;
const LARGE = 4 << 20;

let op, site, stranger, browser;

before(async () => {
  op = await startProvider({ vars: { REGISTRATION_LIMIT: 1000 } });
  [site, stranger] = [await startSite(), await startSite()];
  await createUser(op, "diana", DIANA);
  ({ browser } = await granted(op, await register(op)));
});
after(() => Promise.all([op?.stop(), site?.stop(), stranger?.stop()]));

const post = (json) => op.request("/registration", { json: { redirect_uris: [CALLBACK], ...json } });
const paths = (function* () { for (let i = 1; ; i++) yield `/published/${i}`; })();
const path = () => paths.next().value;

/** Sites that answer in ways that no client's does: each publishes `good` at a path of its own in its own bad way. */
const HOSTILE = {
  "404": (at, good) => site.publish(at, good, { status: 404 }),
  "500": (at, good) => site.publish(at, good, { status: 500 }),
  "a redirect on the same site": (at, good) => {
    site.publish(`${at}/target`, good);
    return site.publish(at, good, { status: 302, headers: { location: `${at}/target` } });
  },
  "a redirect elsewhere": (at, good) => site.publish(at, good, { status: 301, headers: { location: stranger.publish(at, good) } }),
  "a temporary redirect": (at, good) => site.publish(at, good, { status: 307, headers: { location: stranger.publish(at, good) } }),
  "too much": (at, good) => site.publish(at, (typeof good === "string" ? good : JSON.stringify(good)) + " ".repeat(LARGE)),
  "no JSON": (at) => site.publish(at, "<!doctype html><p>Not found"),
  "half of it": (at, good) => site.publish(at, JSON.stringify(good).slice(0, 10)),
  "JSON of another kind": (at) => site.publish(at, { error: "nothing here" }),
  "not UTF-8": (at) => site.publish(at, Buffer.from([0x22, 0xff, 0xfe, 0x22])),
  nothing: (at) => site.publish(at, ""),
};
const unreachable = () => "http://127.0.0.1:1/nobody";

describe("sector identifiers", () => {
  test("Dynamic registration 5: a sector identifier is fetched, and has to list every redirect URI", async () => {
    const at = path();
    const sector_identifier_uri = site.publish(at, [CALLBACK, OTHER]);
    const answer = await post({ redirect_uris: [CALLBACK, OTHER], sector_identifier_uri, subject_type: "pairwise" });
    assert.equal(answer.status, 201, answer.text);
    assert.equal(site.hits(at), 1);
    for (const list of [[CALLBACK], [], [`${CALLBACK}/`, OTHER], [CALLBACK.toUpperCase(), OTHER]]) {
      const short = site.publish(path(), list);
      const refused = await post({ redirect_uris: [CALLBACK, OTHER], sector_identifier_uri: short, subject_type: "pairwise" });
      assert.deepEqual([refused.status, refused.json().error], [400, "invalid_client_metadata"]);
    }
  });

  test("Dynamic registration 5: it is checked without subject_type too, and again at an update", async () => {
    const refused = await post({ sector_identifier_uri: site.publish(path(), [OTHER]) });
    assert.deepEqual([refused.status, refused.json().error], [400, "invalid_client_metadata"]);
    const client = await register(op, { sector_identifier_uri: site.publish(path(), [CALLBACK]), subject_type: "pairwise" });
    const { pathname, search } = new URL(client.registration_client_uri);
    const update = await op.request(pathname + search, {
      method: "PUT",
      headers: { authorization: `Bearer ${client.registration_access_token}` },
      json: { client_id: client.client_id, redirect_uris: [CALLBACK, OTHER], sector_identifier_uri: client.sector_identifier_uri, subject_type: "pairwise" },
    });
    assert.deepEqual([update.status, update.json().error], [400, "invalid_client_metadata"]);
  });

  test("Dynamic registration 5: hosts that differ need a sector identifier to be pairwise", async () => {
    const refused = await post({ redirect_uris: [CALLBACK, OTHER], subject_type: "pairwise" });
    assert.deepEqual([refused.status, refused.json().error], [400, "invalid_client_metadata"]);
  });

  test("Dynamic registration 5: clients of one sector know a person by one subject, of two by two, and neither is public", async () => {
    const sector = site.publish(path(), [CALLBACK, OTHER]);
    const sub = async (metadata) => {
      const client = await register(op, { subject_type: "pairwise", ...metadata });
      return decode((await tokensOf(op, client, await granted(op, client, {}, { browser }))).id_token).claims.sub;
    };
    const [one, two] = [await sub({ sector_identifier_uri: sector }), await sub({ sector_identifier_uri: sector, redirect_uris: [OTHER] })];
    const [third, fourth] = [await sub({ redirect_uris: [OTHER] }), await sub({})];
    const open = await sub({ subject_type: "public" });
    assert.equal(one, two);
    assert.equal(new Set([one, third, fourth, open]).size, 4);
  });

  for (const [name, publish] of Object.entries(HOSTILE)) {
    test(`Dynamic registration 5: ${name} instead of a sector identifier is an error, and nothing is followed`, async () => {
      const at = path();
      const before = stranger.hits(at);
      const answer = await post({ sector_identifier_uri: publish(at, [CALLBACK]), subject_type: "pairwise" });
      assert.deepEqual([answer.status, answer.json().error], [400, "invalid_client_metadata"]);
      assert.deepEqual([stranger.hits(at) - before, site.hits(`${at}/target`)], [0, 0]);
    });
  }

  test("Dynamic registration 5: nobody there", async () => {
    const answer = await post({ sector_identifier_uri: unreachable(), subject_type: "pairwise" });
    assert.deepEqual([answer.status, answer.json().error], [400, "invalid_client_metadata"]);
  });
});

describe("keys", () => {
  const withKeys = async (jwks_uri) => register(op, { token_endpoint_auth_method: "private_key_jwt", jwks_uri });
  const redeemWith = async (client, { privateKey }, kid) => {
    const done = await granted(op, client, {}, { browser });
    const client_assertion = await assertion(op, client, { key: privateKey, header: kid ? { kid } : {} });
    return redeemed(op, { ...client, token_endpoint_auth_method: "none" }, done, {
      client_assertion,
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    });
  };
  const published = (keys) => ({ keys: keys.map(([{ jwk }, kid]) => ({ ...jwk, kid })) });

  test("Dynamic registration 7: keys are fetched on demand, and again for an unknown kid", async () => {
    const at = path();
    const [first, second] = [await keyFor("RS256", "first"), await keyFor("RS256", "second")];
    const client = await withKeys(site.publish(at, published([[first, "one"]])));
    assert.equal((await redeemWith(client, first, "one")).status, 200);
    assert.ok(site.hits(at) >= 1);
    const fetched = site.hits(at);
    assert.equal((await redeemWith(client, first, "one")).status, 200);
    site.publish(at, published([[second, "two"]]));
    const answer = await redeemWith(client, second, "two");
    assert.equal(answer.status, 200, answer.text);
    assert.ok(site.hits(at) > fetched, "the keys were not fetched again");
    assert.equal((await redeemWith(client, first, "three")).status, 401);
  });

  test("Dynamic registration 7: a key of another client's does not count", async () => {
    const client = await withKeys(site.publish(path(), published([[await keyFor("RS256", "first"), "one"]])));
    assert.equal((await redeemWith(client, await keyFor("RS256", "second"), "one")).status, 401);
  });

  for (const [name, publish] of Object.entries(HOSTILE)) {
    test(`Dynamic registration 7: ${name} instead of keys is invalid_client, and nothing is followed`, async () => {
      const at = path();
      const key = await keyFor("RS256", "first");
      const client = await withKeys(publish(at, published([[key, "one"]])));
      const answer = await redeemWith(client, key, "one");
      assert.deepEqual([answer.status, answer.json().error], [401, "invalid_client"]);
      assert.deepEqual([stranger.hits(at), site.hits(`${at}/target`)], [0, 0]);
    });
  }
});

describe("request objects by reference", () => {
  const fetching = async (url) => {
    const client = await register(op, { request_uris: [url] });
    const fields = { client_id: client.client_id, response_type: "code", redirect_uri: CALLBACK, scope: "openid", state: "inside" };
    return { client, object: await requestObject(client, fields, { alg: "none" }) };
  };

  test("Dynamic registration 7: a fragment that is no hash of the content is never verified", async () => {
    for (const fragment of ["", "#", "#GkurKxf5T0Y-mnPFCHqWOMiZi4VS138cQO_V7PZHAdM", `#${random()}`]) {
      const at = path();
      const request_uri = site.url(at) + fragment;
      const { client, object } = await fetching(request_uri);
      site.publish(at, object, { type: "application/oauth-authz-req+jwt" });
      const done = await granted(op, client, { request_uri, state: undefined }, { browser });
      assert.equal(done.answer.state, "inside");
      assert.equal(site.hits(at) > 0, true);
    }
  });

  for (const [name, publish] of Object.entries(HOSTILE)) {
    test(`Dynamic registration 7: ${name} instead of a request object is an error, and nothing is followed`, async () => {
      const at = path();
      const { client, object } = await fetching(site.url(at));
      publish(at, object);
      const page = await open(op, client, { request_uri: site.url(at) }, { browser });
      const { error } = Object.fromEntries(new URL(page.location).searchParams);
      assert.ok(["invalid_request_uri", "invalid_request_object"].includes(error), error);
      assertRefused(op, page, error);
      assert.deepEqual([stranger.hits(at), site.hits(`${at}/target`)], [0, 0]);
    });
  }
});

for (const [name, slow] of Object.entries({ "never answers": { delay: SLOW_MS }, "stops half-way": { hangs: true } })) {
  test(`Dynamic registration 5 and 7: a site that ${name} is given up, and the answer is an error`, async () => {
    const [sector, keys, object] = [path(), path(), path()];
    const key = await keyFor("RS256", "first");
    site.publish(sector, [CALLBACK], slow);
    site.publish(keys, { keys: [{ ...key.jwk, kid: "one" }] }, slow);
    const byReference = await register(op, { request_uris: [site.url(object)] });
    const fields = { client_id: byReference.client_id, response_type: "code", redirect_uri: CALLBACK };
    site.publish(object, await requestObject(byReference, fields, { alg: "none" }), slow);
    const byKey = await register(op, { token_endpoint_auth_method: "private_key_jwt", jwks_uri: site.url(keys) });
    const done = await granted(op, byKey, {}, { browser });
    const began = Date.now();
    const [registration, page, token] = await Promise.all([
      post({ sector_identifier_uri: site.url(sector), subject_type: "pairwise" }),
      open(op, byReference, { request_uri: site.url(object) }),
      redeemed(op, byKey, done),
    ]);
    assert.ok(Date.now() - began < PATIENCE_MS, `${Date.now() - began} ms`);
    assert.deepEqual([registration.status, registration.json().error], [400, "invalid_client_metadata"]);
    assert.deepEqual([token.status, token.json().error], [401, "invalid_client"]);
    assertRefused(op, page, "invalid_request_uri");
    for (const visited of [sector, keys, object]) assert.ok(site.hits(visited) > 0, visited);
  });
}
