// A Worker made with @cloudflare/workers-oauth-provider: authorization server and protected API in one, with the pages that it leaves to the application.
import { OAuthProvider } from "@cloudflare/workers-oauth-provider";
import { signIn, signedIn } from "../login.mjs";
import { signInPage } from "../password.mjs";

const json = (value) => Response.json(value, { headers: { "cache-control": "no-store" } });

async function complete(request, env, username) {
  const asked = await env.OAUTH_PROVIDER.parseAuthRequest(request);
  await env.OAUTH_PROVIDER.lookupClient(asked.clientId);
  const { redirectTo } = await env.OAUTH_PROVIDER.completeAuthorization({
    request: asked,
    userId: username,
    metadata: {},
    scope: asked.scope,
    props: { sub: username },
    // Else each authorization would end what the same person has at the same client: nobody would have two devices.
    revokeExistingGrants: false,
  });
  return redirectTo;
}

const redirect = (location, headers) => new Response(null, { status: 302, headers: { location, ...headers } });

async function authorize(request, env) {
  if (request.method === "POST") {
    const login = await signIn(await request.formData(), env.COOKIE_KEY);
    if (!login) return new Response("wrong", { status: 401 });
    return redirect(await complete(new Request(request.url), env, login.username), { "set-cookie": login.cookie });
  }
  const username = await signedIn(request, env.COOKIE_KEY);
  if (username) return redirect(await complete(request, env, username));
  await env.OAUTH_PROVIDER.parseAuthRequest(request);
  const { pathname, search } = new URL(request.url);
  return new Response(signInPage(`${pathname}${search}`.replaceAll("&", "&amp;")), { headers: { "content-type": "text/html" } });
}

const pages = {
  async fetch(request, env) {
    return new URL(request.url).pathname === "/authorize" ? authorize(request, env) : new Response("not found", { status: 404 });
  },
};

const api = {
  async fetch(request, env, context) {
    return json({ sub: context.props.sub });
  },
};

let provider;

export default {
  fetch(request, env, context) {
    provider ??= new OAuthProvider({
      apiRoute: "/userinfo",
      apiHandler: api,
      defaultHandler: pages,
      authorizeEndpoint: "/authorize",
      tokenEndpoint: "/token",
      clientRegistrationEndpoint: "/register",
      scopesSupported: ["profile", "offline_access"],
      accessTokenTTL: 3600,
      resourceMetadata: { resource: env.ISSUER, authorization_servers: [env.ISSUER] },
      requiredScopes: ["profile"],
    });
    return provider.fetch(request, env, context);
  },
};
