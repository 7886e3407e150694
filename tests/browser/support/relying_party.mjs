// A relying party of the tests' own: a site on loopback that registers itself and signs people in with openid-client.
import http from "node:http";
import * as oidc from "openid-client";

/** What the site shows to somebody who arrives, and a logo. Its own pages ask the browser for nothing else. */
const ARRIVED = `<!doctype html><html lang="en"><title>Arrived</title><link rel="icon" href="data:,"><h1>Back at the shop</h1>`;
const LOGO = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><rect width="100" height="100" fill="#ffeecf"/>
<path d="M8 80 38 25 54 52 65 34 92 80z" fill="#c2410c"/></svg>`;

function serve(requests, posted, silent) {
  const server = http.createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    requests.push(`${request.method} ${request.url}`);
    if (request.method === "POST") posted.push({ type: request.headers["content-type"], fields: new URLSearchParams(body) });
    if (silent.has(new URL(request.url, "http://site").pathname)) return;
    const isLogo = request.url === "/logo.svg";
    response.writeHead(200, { "content-type": isLogo ? "image/svg+xml" : "text/html; charset=utf-8" });
    response.end(isLogo ? LOGO : ARRIVED);
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

/** Starts a site and registers it with the provider; `metadata` adds to its registration, by the site's origin where it is a function. */
export async function startRelyingParty(op, metadata = {}) {
  const requests = [];
  const posted = [];
  const silent = new Set();
  const server = await serve(requests, posted, silent);
  const origin = `http://localhost:${server.address().port}`;
  const redirectUri = `${origin}/callback`;
  const registration = {
    client_name: "Alpine Supply",
    redirect_uris: [redirectUri],
    response_types: ["code"],
    logo_uri: `${origin}/logo.svg`,
    client_uri: origin,
    policy_uri: `${origin}/privacy`,
    tos_uri: `${origin}/terms`,
    ...(typeof metadata === "function" ? metadata(origin) : metadata),
  };
  const config = await oidc.dynamicClientRegistration(new URL(op.issuer), registration, oidc.ClientSecretBasic(), {
    execute: [oidc.allowInsecureRequests],
  });

  return {
    origin,
    redirectUri,
    requests,
    /** What has come by POST: { type, fields }. */
    posted,
    /** The paths that are never answered. */
    silent,
    config,
    /** Begins a sign-in: where to send the browser, and what to expect when it comes back. */
    async begin(parameters = {}) {
      const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
      const expectedState = oidc.randomState();
      const expectedNonce = oidc.randomNonce();
      const url = oidc.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: "openid profile email",
        state: expectedState,
        nonce: expectedNonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
        code_challenge_method: "S256",
        ...parameters,
      });
      return { url: url.href, checks: { pkceCodeVerifier, expectedState, expectedNonce } };
    },
    /** Ends a sign-in at the address where the browser has arrived: { claims, userinfo, tokens }. */
    async finish({ checks }, address) {
      const tokens = await oidc.authorizationCodeGrant(config, new URL(address), { ...checks, idTokenExpected: true });
      const claims = tokens.claims();
      return { tokens, claims, userinfo: await oidc.fetchUserInfo(config, tokens.access_token, claims.sub) };
    },
    stop: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
}
