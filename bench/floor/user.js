// One person's object. Each call is what the provider's command of that name has to do on storage, and no more: it finds the token with its ancestors,
// says whether it is usable, and writes what the operation writes.
import { DurableObject } from "cloudflare:workers";
import { SCHEMA } from "./schema.js";

const CODE_LIFETIME = 60;
const TOKEN_LIFETIME = 3600;
const GRANT_LIFETIME = 43_200;

const STANDING = `SELECT t.used, t.max_usage, t.expires_at, t.superseded_by, t.issued_at, t.grant_id, g.client_id, g.request, g.scope, g.claims, g.sub,
    g.expires_at AS grant_expires_at, l.auth_time, l.acr, coalesce(t.revoked_at, g.revoked_at, c.revoked_at, l.revoked_at) AS revoked_at
  FROM token t JOIN grant_ g ON g.id = t.grant_id JOIN client_session c ON c.client_id = g.client_id JOIN login l ON l.id = g.login_id
  WHERE t.id = ? AND t.class = ?`;

const seconds = () => Math.floor(Date.now() / 1000);
const fresh = () => crypto.getRandomValues(new Uint8Array(16));

export class User extends DurableObject {
  #sql;

  constructor(context, env) {
    super(context, env);
    this.#sql = context.storage.sql;
    this.#sql.exec(SCHEMA);
  }

  /** An account with a login in force and consents to the clients: the login's id. */
  begin({ clients, scope }) {
    const now = seconds();
    const login = fresh();
    this.#sql.exec("INSERT INTO meta (key, value) VALUES ('account', 'active')");
    this.#sql.exec("INSERT INTO login (id, auth_time, acr, expires_at) VALUES (?, ?, 'password', ?)", login, now, now + GRANT_LIFETIME);
    for (const client of clients) {
      this.#sql.exec("INSERT INTO client_session (client_id, first_at) VALUES (?, ?)", client, now);
      this.#sql.exec("INSERT INTO consent (client_id, scope, granted_at) VALUES (?, ?, ?)", client, scope, now);
    }
    return login;
  }

  authorize({ login, client, sub, scope, request }) {
    const now = seconds();
    this.#requireActive();
    const [found] = this.#sql.exec("SELECT auth_time FROM login WHERE id = ? AND revoked_at IS NULL AND expires_at > ?", login, now).toArray();
    const [consent] = this.#sql.exec("SELECT scope FROM consent WHERE client_id = ?", client).toArray();
    const [session] = this.#sql.exec("SELECT revoked_at FROM client_session WHERE client_id = ?", client).toArray();
    if (!found || consent?.scope !== scope || !session) return undefined;
    const [grant, code] = [fresh(), fresh()];
    this.#sql.exec(
      `INSERT INTO grant_ (id, client_id, login_id, sub, request, scope, claims, used, issued_at, authorized_at, expires_at, sweep_at)
       VALUES (?, ?, ?, ?, ?, ?, '{}', 1, ?, ?, ?, ?)`,
      grant, client, login, sub, JSON.stringify(request), scope, now, now, now + GRANT_LIFETIME, now + GRANT_LIFETIME,
    );
    this.#store(code, grant, null, "authorization_code", CODE_LIFETIME, 1);
    return code;
  }

  redeem({ code, client, redirectUri, challenge, isRefreshed }) {
    this.#requireActive();
    const standing = this.#standing(code, "authorization_code");
    if (!standing || standing.client_id !== client || standing.used > 0) return undefined;
    const request = JSON.parse(standing.request);
    if (request.redirectUri !== redirectUri || request.challenge !== challenge) return undefined;
    const won = this.#sql.exec("UPDATE token SET used = used + 1, used_at = ? WHERE id = ? AND used < max_usage RETURNING used", seconds(), code).toArray();
    if (!won.length) return undefined;
    return this.#mint(code, standing, { ...request, isRefreshed });
  }

  refresh({ token, client }) {
    this.#requireActive();
    const standing = this.#standing(token, "refresh_token");
    if (!standing || standing.client_id !== client || standing.superseded_by) return undefined;
    const minted = this.#mint(token, standing, { isRefreshed: true });
    this.#sql.exec("UPDATE token SET used = used + 1, superseded_by = ?, used_at = ? WHERE id = ?", minted.refresh, seconds(), token);
    this.#sql.exec("DELETE FROM token WHERE grant_id = ? AND expires_at <= ? AND class <> 'authorization_code'", standing.grant_id, seconds());
    return minted;
  }

  /** What userinfo and introspection are told of an access token. */
  look({ token }) {
    this.#requireActive();
    const standing = this.#standing(token, "access_token");
    return standing && { sub: standing.sub, client: standing.client_id, scope: standing.scope, issued: standing.issued_at, expires: standing.expires_at };
  }

  #requireActive() {
    const [account] = this.#sql.exec("SELECT value FROM meta WHERE key = 'account'").toArray();
    if (account?.value !== "active") throw new Error("no account");
  }

  #standing(id, type) {
    const now = seconds();
    const [standing] = this.#sql.exec(STANDING, id, type).toArray();
    return standing && standing.revoked_at === null && standing.expires_at > now && standing.grant_expires_at > now ? standing : undefined;
  }

  #mint(basedOn, { grant_id: grant, sub, scope, auth_time: authTime, acr }, { nonce, isRefreshed }) {
    const [access, refresh] = [fresh(), isRefreshed ? fresh() : undefined];
    this.#store(access, grant, basedOn, "access_token", TOKEN_LIFETIME, null);
    if (refresh) this.#store(refresh, grant, basedOn, "refresh_token", TOKEN_LIFETIME, null);
    this.#sql.exec("UPDATE grant_ SET used = used + 1 WHERE id = ?", grant);
    return { access, refresh, sub, scope, nonce, authTime, acr };
  }

  #store(id, grant, basedOn, type, lifetime, maxUsage) {
    const now = seconds();
    this.#sql.exec(
      "INSERT INTO token (id, grant_id, based_on, class, max_usage, used, issued_at, expires_at) VALUES (?, ?, ?, ?, ?, 0, ?, ?)",
      id, grant, basedOn, type, maxUsage, now, now + lifetime,
    );
  }
}
