/** What the provider's Worker answers to the Workers that its operator has bound to it. One call of a user's object at most each. */
export interface Provider {
  /**
   * What there is to know of an access token (RFC 7662, section 2.2), as it is now: a revocation counts at once. Any access token may be asked about:
   * whether it is for the one who asks shows in `aud`. Anything else, a refresh token too, is not active.
   */
  introspect(question: { token: string }): Promise<Introspection>;

  /** The claims that an access token releases (OpenID Connect Core, section 5.3), or null where the userinfo endpoint would refuse it. */
  userinfo(question: { access_token: string }): Promise<Userinfo | null>;

  /**
   * Ends the session in which a token was issued, everywhere and at once, and tells the clients that have to be told. An access token has to be good for
   * something still; an ID token may be old, and has to carry `sid`. `signed_out` is whether this call has ended a session.
   */
  signOut(session: { access_token: string } | { id_token_hint: string }): Promise<{ signed_out: boolean }>;
}

export type Introspection = { active: false } | ActiveToken;

export interface ActiveToken {
  active: true;
  iss: string;
  sub: string;
  /** The issuer, and the client_ids of the resource servers that the token is for. */
  aud: string | string[];
  client_id: string;
  /** Words with a space in between. */
  scope: string;
  token_type: "Bearer";
  exp: number;
  iat: number;
  jti: string;
  /** What the operator's policy adds. */
  [claim: string]: unknown;
}

export interface Userinfo {
  sub: string;
  [claim: string]: unknown;
}
