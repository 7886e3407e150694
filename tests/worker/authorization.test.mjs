// The authorization endpoint against whoever calls it.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createUser, startProvider } from "./harness/provider.mjs";
import { answerAt, assertLocal, assertRedirectError } from "./support/assertions.mjs";
import { DIANA, WITHOUT_PKCE, authorizationRequest, authorize, flow, random, redeem, register } from "./support/relying_party.mjs";

const CALLBACK = "https://rp.example/callback";
const WITH_QUERY = "https://rp.example/with?tenant=1&x=a%20b";

let op, client, other, publicClient, native;

before(async () => {
  op = await startProvider();
  await createUser(op, "diana", DIANA);
  client = await register(op, { redirect_uris: [CALLBACK, WITH_QUERY] });
  other = await register(op, { redirect_uris: ["https://other.example/callback"] });
  publicClient = await register(op, { token_endpoint_auth_method: "none" });
  native = await register(op, {
    application_type: "native",
    token_endpoint_auth_method: "none",
    redirect_uris: ["http://127.0.0.1/cb", "http://localhost:3000/cb", "http://[::1]/cb", "com.example.app:/cb"],
  });
});
after(() => op?.stop());

const asks = (changes, options) => authorize(op, client, changes, options);
const post = (path, form) => op.request(path, { form });
const isLogin = ({ status, text }) => assert.ok(status === 200 && text.includes('id="login"'), `${status} ${text}`);

describe("1. who asks", () => {
  for (const [name, client_id] of Object.entries({ missing: undefined, empty: "", unknown: "unknown", "of nobody": random().slice(0, 24),
    long: "a".repeat(5000), hostile: "<script>alert(1)</script>", NUL: "a\0b", unicode: "ünïcode", traversal: "../client/x" })) {
    test(`client_id ${name} is a page`, async () => assertLocal(await asks({ client_id }), "client_id"));
  }

  test("with an unregistered redirect_uri no other error goes there", async () => {
    const errors = [
      { response_type: undefined }, { response_type: "token" }, { scope: "\u0001" }, { max_age: "-1" }, { prompt: "none" }, { prompt: "none login" },
      { code_challenge_method: "plain" }, { request: "x" }, { request_uri: "https://rp.example/request" }, { response_mode: "form_post" },
      { state: ["a", "b"] },
    ];
    for (const error of errors) assertLocal(await asks({ redirect_uri: "https://evil.example/", ...error }), "redirect_uri");
  });
});

describe("2. where the answer goes", () => {
  const TRICKS = {
    missing: undefined,
    empty: "",
    "another client's": "https://other.example/callback",
    "with a query": `${CALLBACK}?x=1`,
    "with an empty query": `${CALLBACK}?`,
    "with another query": "https://rp.example/with?tenant=2&x=a%20b",
    "with more query": `${WITH_QUERY}&more=1`,
    "without its query": "https://rp.example/with",
    "with its query in another spelling": "https://rp.example/with?tenant=1&x=a+b",
    "of another path": "https://rp.example/callback2",
    "below it": `${CALLBACK}/more`,
    "above it": "https://rp.example/",
    subdomain: "https://evil.rp.example/callback",
    "superdomain as prefix": "https://rp.example.evil.example/callback",
    TLD: "https://rp.example.com/callback",
    port: "https://rp.example:8443/callback",
    "the default port": "https://rp.example:443/callback",
    scheme: "http://rp.example/callback",
    "no scheme": "//rp.example/callback",
    "trailing slash": `${CALLBACK}/`,
    "case of the path": "https://rp.example/Callback",
    "case of the host": "https://RP.example/callback",
    "case of the scheme": "HTTPS://rp.example/callback",
    "percent-encoding": "https://rp.example/%63allback",
    "encoded slash": "https://rp.example%2Fcallback",
    "encoded traversal": "https://rp.example/x/..%2Fcallback",
    "double encoding": "https://rp.example/%252e/callback",
    traversal: "https://rp.example/x/../callback",
    "matrix traversal": "https://rp.example/;/../callback",
    "encoded semicolon": `${CALLBACK}%3B`,
    "encoded line break": `${CALLBACK}%0A%0D`,
    userinfo: "https://rp.example@evil.example/callback",
    "userinfo before": "https://evil@rp.example/callback",
    "encoded at": "https://rp.example%40evil.example/callback",
    backslash: "https://rp.example\\@evil.example/callback",
    "backslashes for slashes": "https:\\\\rp.example\\callback",
    tab: "https://rp.example/\tcallback",
    "line feed": `${CALLBACK}\n`,
    "carriage return and line feed": `${CALLBACK}\r\nLocation: https://evil.example`,
    NUL: `${CALLBACK}\0`,
    "NUL in the host": "https://rp.example\0.evil.example/callback",
    "leading space": ` ${CALLBACK}`,
    "trailing space": `${CALLBACK} `,
    "fullwidth dot": "https://rp\uff0eexample/callback",
    homoglyph: "https://r\u0440.example/callback",
    "its punycode twin": "https://xn--r-1tb.example/callback",
    "dot at the end of the host": "https://rp.example./callback",
    fragment: `${CALLBACK}#x`,
    "empty fragment": `${CALLBACK}#`,
    "encoded fragment": `${CALLBACK}%23`,
    wildcard: "https://*.example/callback",
    javascript: "javascript:alert(1)//https://rp.example/callback",
    "JavaScript in another case": "JaVaScRiPt:alert(1)",
    data: "data:text/html,x",
    vbscript: "vbscript:x",
    blob: "blob:https://rp.example/x",
    file: "file:///etc/passwd",
    "the provider's own": "/login",
    twice: [CALLBACK, CALLBACK],
  };
  for (const [name, redirect_uri] of Object.entries(TRICKS)) {
    test(`redirect_uri: ${name}`, async () => assertLocal(await asks({ redirect_uri }), "redirect_uri"));
  }

  test("a registered query is kept", async () => {
    const answer = await asks({ redirect_uri: WITH_QUERY, prompt: "none" });
    assert.ok(answer.location.startsWith(`${WITH_QUERY}&`));
    assertRedirectError(op, answer, "login_required");
  });

  describe("4. of loopback addresses the port alone may vary", () => {
    const at = (redirect_uri) => authorize(op, native, { redirect_uri, prompt: "none" });
    for (const uri of ["http://127.0.0.1/cb", "http://127.0.0.1:51004/cb", "http://localhost:51004/cb", "http://[::1]:51004/cb", "com.example.app:/cb"]) {
      test(uri, async () => assertRedirectError(op, await at(uri), "login_required"));
    }
    for (const uri of ["http://127.0.0.1:51004/other", "http://127.0.0.1:51004/cb?x", "https://127.0.0.1:51004/cb", "http://127.0.0.2/cb", "http://127.1/cb",
      "http://0x7f000001/cb", "http://127.0.0.1:0051004/cb", "http://127.0.0.1:99999/cb", "http://127.0.0.1:/cb", "http://localhost.evil.test/cb",
      "http://localhost:3000@evil.test/cb", "http://evil.test:80/cb", "http://LOCALHOST/cb", "http://[::1%25lo]/cb", "http://x@127.0.0.1/cb",
      "com.example.app://evil/cb", "com.example.app:/cb2", "COM.example.app:/cb"]) {
      test(`not ${uri}`, async () => assertLocal(await at(uri), "redirect_uri"));
    }
  });
});

describe("6. each parameter once", () => {
  const ONCE = ["response_type", "scope", "state", "nonce", "prompt", "max_age", "display", "ui_locales", "id_token_hint", "login_hint", "acr_values",
    "claims", "response_mode", "request", "request_uri", "code_challenge", "code_challenge_method"];
  for (const name of ONCE) {
    test(`${name} twice, in the query, in the body, and in both`, async () => {
      const { pairs, ...request } = authorizationRequest(client, { [name]: ["x", "x"] });
      const [rest, mine] = [pairs.filter(([key]) => key !== name), [[name, "x"]]];
      assertRedirectError(op, { request, ...(await op.request(request.path)) }, "invalid_request");
      assertRedirectError(op, { request, ...(await post("/authorization", pairs)) }, "invalid_request");
      const halves = await post(`/authorization?${new URLSearchParams([...rest, ...mine])}`, mine);
      assertRedirectError(op, { request, ...halves }, "invalid_request");
    });
  }
  for (const name of ["client_id", "redirect_uri"]) {
    test(`${name} twice is a page`, async () => {
      const { pairs, path, fields } = authorizationRequest(client);
      assertLocal(await op.request(`${path}&${new URLSearchParams({ [name]: fields[name] })}`), name);
      assertLocal(await post("/authorization", [...pairs, [name, fields[name]]]), name);
      assertLocal(await post(path, { [name]: fields[name] }), name);
    });
  }

  test("what is empty is omitted, what is unknown is ignored, resource may repeat", async () => {
    isLogin(await asks({ state: "", max_age: "", prompt: "", claims: "", response_mode: "", display: "", request: "", foo: ["1", "2"] }));
    isLogin(await asks({ resource: ["https://a.example", "https://b.example"] }));
    assertRedirectError(op, await asks({ response_type: "" }), "invalid_request");
  });

  test("POST is as good as GET, in any order", async () => {
    const { pairs } = authorizationRequest(client);
    isLogin(await post("/authorization", pairs.toReversed()));
    isLogin(await post(`/authorization?${new URLSearchParams(pairs.slice(0, 3))}`, pairs.slice(3)));
  });

  test("a POST from another site comes again as GET, with all that it says, because the session cookie was not sent", async () => {
    const { pairs, fields } = authorizationRequest(client, { state: "ü&=+ \r\n", resource: ["https://a.example", "https://b.example"] });
    const headers = { "sec-fetch-site": "cross-site", host: "evil.example" };
    const { status, location } = await op.request("/authorization", { form: pairs, headers });
    assert.equal(status, 303);
    assert.ok(location.startsWith("/authorization?"), location);
    assert.deepEqual([...new URLSearchParams(location.slice(location.indexOf("?")))], pairs);
    const silent = [...pairs, ["prompt", "none"]];
    const answer = await op.request((await op.request("/authorization", { form: silent, headers })).location);
    assertRedirectError(op, { ...answer, request: { fields } }, "login_required");
    const large = await op.request("/authorization", { form: [...pairs, ["login_hint", "a".repeat(6_000)], ["acr_values", "b".repeat(6_000)]], headers });
    isLogin(large);
  });

  test("a POST that is no form, or no UTF-8, is a page", async () => {
    const { path, fields } = authorizationRequest(client);
    assertLocal(await op.request("/authorization", { json: fields }));
    assertLocal(await op.request(path, { body: "x", headers: { "content-type": "text/plain" } }));
    assertLocal(await op.request("/authorization", { body: "state=%ff", headers: { "content-type": "application/x-www-form-urlencoded" } }));
    assertLocal(await op.request(`${path}&x=%ff`));
  });
});

describe("7 to 13. what is asked", () => {
  const REFUSED = [
    ["no response_type", { response_type: undefined }, "invalid_request"],
    ...["token", "CODE", "code code", "foo"].map((type) => [`response_type ${type}`, { response_type: type }, "unsupported_response_type"]),
    ...["id_token", "id_token token", "code id_token", "code token", "none"].map((type) =>
      [`response_type ${type} of a client that has not registered it`, { response_type: type }, "unauthorized_client"]),
    ...["jwt", "foo", "query "].map((mode) => [`response_mode ${mode}`, { response_mode: mode }, "invalid_request"]),
    ["no scope", { scope: undefined }, "invalid_scope"],
    ...['open"id', "openid\u00a0", "openid\\", "openid\n", "öpenid", "openid\0"].map((scope) =>
      [`scope ${JSON.stringify(scope)}`, { scope }, "invalid_scope"]),
    ...["-1", "1.5", "NaN", "Infinity", "1e3", "0x10", "+1", " 1", "99999999999999999999", "9223372036854775807", "١"].map((max_age) =>
      [`max_age ${max_age}`, { max_age }, "invalid_request"]),
    ...["none login", "login none", "none consent", "none none", "nonsense"].map((prompt) => [`prompt ${prompt}`, { prompt }, "invalid_request"]),
    ["a request that is no request object", { request: "x" }, "invalid_request_object"],
    ["a request_uri that is not registered", { request_uri: "https://rp.example/request" }, "invalid_request_uri"],
    ["a request_uri of a push that never was", { request_uri: "urn:ietf:params:oauth:request_uri:x" }, "invalid_request_uri"],
    ["request and request_uri", { request: "x", request_uri: "https://rp.example/request" }, "invalid_request"],
    ["registration", { registration: "{}" }, "registration_not_supported"],
    ["PKCE plain", { code_challenge_method: "plain" }, "invalid_request"],
    ["a challenge without a method", { code_challenge_method: undefined }, "invalid_request"],
    ["a method without a challenge", { code_challenge: undefined }, "invalid_request"],
    ["the method in lower case", { code_challenge_method: "s256" }, "invalid_request"],
    ...["A".repeat(42), "A".repeat(44), `${"A".repeat(42)}=`, `${"A".repeat(42)}+`, `${"A".repeat(42)}B`, "ä".repeat(43), " "].map((code_challenge) =>
      [`the challenge ${code_challenge}`, { code_challenge }, "invalid_request"]),
  ];
  for (const [name, changes, error] of REFUSED) test(`${name} is ${error}`, async () => assertRedirectError(op, await asks(changes), error));

  test("a public client without a challenge is refused, a confidential one is not", async () => {
    assertRedirectError(op, await authorize(op, publicClient, WITHOUT_PKCE), "invalid_request");
    isLogin(await asks(WITHOUT_PKCE));
  });

  test("hints for the pages never fail a request", async () => {
    for (const display of ["page", "popup", "touch", "wap", "nonsense"]) isLogin(await asks({ display }));
    isLogin(await asks({ ui_locales: "xx-YY sv", claims_locales: "fr", acr_values: "1 2", login_hint: "nobody" }));
  });

  test("scopes that nobody knows are left out; nothing but those is invalid_scope", async () => {
    isLogin(await asks({ scope: "openid nonsense" }));
    assertRedirectError(op, await asks({ scope: "nonsense" }), "invalid_scope");
  });
});

describe("8. state and nonce come back as they were", () => {
  const TEXTS = {
    plain: "state",
    unicode: "ü→🎉 \u202e",
    "line breaks": "a\r\nSet-Cookie: evil=1\r\n\r\n<b>",
    "a script": `"><script>alert(1)</script>`,
    "what URLs use": "a b+c%20&d=e#f?/\\;,%",
    "2 KB": "s".repeat(2048),
    "128 characters": `${"n".repeat(124)}-._~`,
  };
  for (const [name, text] of Object.entries(TEXTS)) {
    test(`state: ${name}`, async () => {
      const answer = await asks({ state: text, prompt: "none" });
      assertRedirectError(op, answer, "login_required");
      assert.match(answer.location, /^[!-~]+$/);
      assert.equal(answer.headers["set-cookie"], undefined);
    });
  }

  test("all of them together with a code, the nonce in the ID token", async () => {
    let browser;
    for (const text of Object.values(TEXTS)) {
      const done = await flow(op, client, { state: text, nonce: text, browser });
      browser = done.browser;
      const { code, session_state, ...rest } = answerAt(done, done.page);
      assert.deepEqual(rest, { state: text, iss: op.issuer });
      assert.match(session_state, /^[\w-]{43}\.[\w-]{22}$/);
      assert.match(code, /^[\w-]{43,}$/);
      const { id_token } = (await redeem(op, client, done)).json();
      assert.equal(JSON.parse(Buffer.from(id_token.split(".")[1], "base64url")).nonce, text);
    }
  });

  test("a state that is given twice does not come back", async () => {
    const { state, ...rest } = answerAt(authorizationRequest(client), await asks({ state: ["a", "b"] }));
    assert.deepEqual([state, rest.error], [undefined, "invalid_request"]);
  });
});
