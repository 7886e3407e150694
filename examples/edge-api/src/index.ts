import type { Provider } from "@treeline/provider-binding";
import { createRemoteJWKSet, errors, jwtVerify } from "jose";

interface Env {
  ISSUER: string;
  /** The client_id of this API, which stands in the `aud` of the tokens that are for it. */
  AUDIENCE: string;
  /** The provider's own Worker, where it is bound. */
  PROVIDER?: Provider;
}

type Token = { sub?: string; client_id?: unknown; scope?: unknown };

/** The scope that each route asks for. */
const ROUTES: Record<string, string> = { "GET /notes": "notes:read", "POST /notes": "notes:write" };
/** What says nothing about the token, but that the keys are not to be had. */
const NO_KEYS = ["ERR_JWKS_TIMEOUT", "ERR_JWKS_INVALID", "ERR_JOSE_GENERIC"];

let keys: ReturnType<typeof createRemoteJWKSet> | undefined;

/** The provider knows what has been revoked; the keys alone say what was good when it was issued and has not expired. */
async function check(token: string, { PROVIDER, ISSUER, AUDIENCE }: Env): Promise<Token | undefined> {
  if (PROVIDER) {
    const said = await PROVIDER.introspect({ token });
    return said.active && [said.aud].flat().includes(AUDIENCE) ? said : undefined;
  }
  keys ??= createRemoteJWKSet(new URL("/jwks", ISSUER));
  const rules = { issuer: ISSUER, audience: AUDIENCE, typ: "at+jwt", algorithms: ["ES256"], requiredClaims: ["exp", "sub", "client_id"] };
  try {
    return (await jwtVerify(token, keys, rules)).payload;
  } catch (error) {
    if (error instanceof errors.JOSEError && !NO_KEYS.includes(error.code)) return undefined;
    throw error;
  }
}

/** A refusal as RFC 6750, section 3, has it. */
function refuse(status: 401 | 403, parameters: Record<string, string> = {}): Response {
  const listed = Object.entries({ realm: "notes", ...parameters }).map(([name, value]) => `${name}="${value}"`);
  return Response.json(parameters, { status, headers: { "www-authenticate": `Bearer ${listed.join(", ")}`, "cache-control": "no-store" } });
}

export default {
  async fetch(request, env) {
    const scope = ROUTES[`${request.method} ${new URL(request.url).pathname}`];
    if (!scope) return new Response("There is nothing here.\n", { status: 404 });
    const [, presented] = request.headers.get("authorization")?.match(/^bearer +([\w.~+/-]+=*) *$/i) ?? [];
    if (!presented) return refuse(401);
    const token = await check(presented, env);
    if (!token) return refuse(401, { error: "invalid_token" });
    if (!String(token.scope).split(" ").includes(scope)) return refuse(403, { error: "insufficient_scope", scope });
    // The API's own work begins here: it knows who asks, by which application, and what for.
    return Response.json({ sub: token.sub, client_id: token.client_id, scope }, { headers: { "cache-control": "no-store" } });
  },
} satisfies ExportedHandler<Env>;
