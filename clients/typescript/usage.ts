// What compiles, and what must not. It is never run.
import type { Provider } from "@treeline/provider-binding";

export async function usage(provider: Provider): Promise<void> {
  const said = await provider.introspect({ token: "t" });
  // @ts-expect-error Of what is not active nothing is known.
  said.sub satisfies string;
  if (said.active) said satisfies { sub: string; client_id: string; scope: string; aud: string | string[]; exp: number };
  // @ts-expect-error The member is called token.
  await provider.introspect({ access_token: "t" });

  const claims = await provider.userinfo({ access_token: "t" });
  // @ts-expect-error There may be none.
  claims.sub satisfies string;
  claims?.sub satisfies string | undefined;

  for (const session of [{ access_token: "t" }, { id_token_hint: "t" }]) (await provider.signOut(session)).signed_out satisfies boolean;
  // @ts-expect-error Nothing says which session.
  await provider.signOut({});
}
