import { DurableObject } from "cloudflare:workers";
import { Hono } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { html } from "hono/html";
import { createRemoteJWKSet, errors, jwtVerify } from "jose";
import * as oidc from "openid-client";

type Env = { ISSUER: string; CLIENT_ID: string; CLIENT_SECRET: string; SESSIONS: DurableObjectNamespace<Session> };

/** The one cookie holds the PKCE verifier on the way to the provider, and then what leads to the session: its `sid` and its secret. */
const COOKIE = { prefix: "host", path: "/", secure: true, httpOnly: true, sameSite: "Lax", maxAge: 8 * 3600 } as const;

/** One session, named by the provider's `sid`, so that a logout token finds it. What opens it is a secret that only the browser's cookie has. */
export class Session extends DurableObject {
  keep(key: string, value: unknown) {
    this.ctx.storage.kv.put(key, value);
    return this.ctx.storage.setAlarm(Date.now() + COOKIE.maxAge * 1000);
  }
  login(secret: string) {
    const login = this.ctx.storage.kv.get<{ iat: number; idToken: string; claims: object }>(secret);
    // The logout token may have overtaken the sign-in that it ends, so the times decide and not what came first.
    return login && login.iat > (this.ctx.storage.kv.get<number>("ended") ?? 0) ? login : undefined;
  }
  override alarm() {
    return this.ctx.storage.deleteAll();
  }
}

let known: oidc.Configuration | undefined;
const provider = async ({ ISSUER, CLIENT_ID, CLIENT_SECRET }: Env) =>
  (known ??= await oidc.discovery(new URL(ISSUER), CLIENT_ID, CLIENT_SECRET, undefined, /^http:/.test(ISSUER) ? { execute: [oidc.allowInsecureRequests] } : {}));

export default new Hono<{ Bindings: Env }>()
  .on(["GET", "POST"], "/", async (c) => {
    const [sid = "", secret = ""] = getCookie(c, "edge-app", "host")?.split(".") ?? [];
    const session = c.env.SESSIONS.getByName(sid);
    const login = secret ? await session.login(secret) : undefined;
    c.header("cache-control", "no-store");
    if (login && c.req.method === "POST") {
      await session.keep("ended", login.iat);
      const request = { id_token_hint: login.idToken, post_logout_redirect_uri: new URL("/", c.req.url).href };
      return c.redirect(oidc.buildEndSessionUrl(await provider(c.env), request).href, 303);
    }
    if (login) return c.html(html`<!doctype html><html lang="en"><title>Edge app</title><pre>${JSON.stringify(login.claims, null, 2)}</pre><form method="post"><button>Sign out</button></form>`);
    const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
    setCookie(c, "edge-app", pkceCodeVerifier, COOKIE);
    const code_challenge = await oidc.calculatePKCECodeChallenge(pkceCodeVerifier);
    const request = { redirect_uri: new URL("/callback", c.req.url).href, scope: "openid profile email", code_challenge, code_challenge_method: "S256" };
    return c.redirect(oidc.buildAuthorizationUrl(await provider(c.env), request).href);
  })
  .get("/callback", async (c) => {
    const [config, pkceCodeVerifier, secret] = [await provider(c.env), getCookie(c, "edge-app", "host") ?? "", oidc.randomState()];
    const tokens = await oidc.authorizationCodeGrant(config, new URL(c.req.url), { pkceCodeVerifier, idTokenExpected: true });
    const { iat, sid, sub } = tokens.claims()!;
    const login = { iat, idToken: tokens.id_token, claims: await oidc.fetchUserInfo(config, tokens.access_token, sub) };
    await c.env.SESSIONS.getByName(String(sid)).keep(secret, login);
    setCookie(c, "edge-app", `${sid}.${secret}`, COOKIE);
    return c.redirect("/");
  })
  .post("/backchannel_logout", async (c) => {
    const rules = { issuer: c.env.ISSUER, audience: c.env.CLIENT_ID, typ: "logout+jwt", requiredClaims: ["iat", "exp", "jti", "sid"] };
    const { payload } = await jwtVerify(String((await c.req.parseBody()).logout_token), createRemoteJWKSet(new URL("/jwks", c.env.ISSUER)), rules);
    if ("nonce" in payload || !Object(payload.events)["http://schemas.openid.net/event/backchannel-logout"]) return c.body(null, 400);
    await c.env.SESSIONS.getByName(String(payload.sid)).keep("ended", payload.iat);
    return c.body(null);
  })
  // A logout token that is none is refused; one that cannot be checked now, because the keys are not to be had, comes again.
  .onError((error, c) => (console.error(error), c.text("That did not work.\n", error instanceof errors.JOSEError && !/TIMEOUT|JWKS_INVALID|GENERIC/.test(error.code) ? 400 : 500)));
