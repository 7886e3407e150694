// A provider made with oidc-provider, as its documentation describes: first-party clients without a consent page, a sign-in page of the application's own.
import Provider from "oidc-provider";
import { passwordIsRight, signInPage } from "../password.mjs";

const SCOPES = ["openid", "profile", "email", "offline_access"];

// https://github.com/panva/node-oidc-provider/blob/main/recipes/skip_consent.md
async function loadExistingGrant({ oidc }) {
  const { client, session, result, provider } = oidc;
  const id = result?.consent?.grantId ?? session.grantIdFor(client.clientId);
  if (id) return provider.Grant.find(id);
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(SCOPES.join(" "));
  await grant.save();
  return grant;
}

async function fieldsOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

/** The page that a person signs in on, and its form. */
function interactions(provider) {
  return async (ctx, next) => {
    if (!ctx.path.startsWith("/interaction/")) return next();
    const { uid } = await provider.interactionDetails(ctx.req, ctx.res);
    if (ctx.method === "GET") {
      ctx.type = "html";
      ctx.body = signInPage(`/interaction/${uid}`);
      return;
    }
    const fields = await fieldsOf(ctx.req);
    const accountId = fields.get("username");
    if (!(await passwordIsRight(accountId, fields.get("password")))) return ctx.throw(401);
    ctx.respond = false;
    await provider.interactionFinished(ctx.req, ctx.res, { login: { accountId } });
  };
}

/** `adapter`, `jwks`, `clients`: as oidc-provider takes them. */
export function makeProvider({ issuer, adapter, jwks, clients, cookieKey }) {
  const provider = new Provider(issuer, {
    adapter,
    jwks,
    clients,
    cookies: { keys: [cookieKey] },
    scopes: SCOPES,
    claims: { openid: ["sub"], profile: ["name"], email: ["email", "email_verified"] },
    features: {
      devInteractions: { enabled: false },
      introspection: { enabled: true, allowedPolicy: (ctx, client, token) => client.clientId === token.clientId },
    },
    interactions: { url: (ctx, { uid }) => `/interaction/${uid}` },
    loadExistingGrant,
    // As Treeline has it: whoever has registered the grant type gets a refresh token, and each use gives the next.
    issueRefreshToken: (ctx, client) => client.grantTypeAllowed("refresh_token"),
    rotateRefreshToken: true,
    findAccount: (ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId, name: accountId, email: `${accountId}@example.com`, email_verified: true }) }),
    ttl: { AccessToken: 3600, AuthorizationCode: 60, Grant: 43_200, IdToken: 300, Interaction: 1800, RefreshToken: 86_400, Session: 3600 },
  });
  provider.use(interactions(provider));
  return provider;
}
