// One person's object. Each call runs the statements that the provider's command of that name runs, reads of their answers what it needs, and decides no
// more than whether the token is usable.
import { DurableObject } from "cloudflare:workers";
import { ends, fresh, within } from "./ids.js";
import { SCHEMA } from "./schema.js";

const CODE_LIFETIME = 60;
const TOKEN_LIFETIME = 3600;
const REFRESH_LIFETIME = 86_400;
const GRANT_LIFETIME = 43_200;
const REPLAY_MEMORY = 604_800;

// What a grant of the default configuration says, which nobody has to work out here.
const RELEASE = JSON.stringify({ userinfo: {}, id_token: {}, introspection: {}, access_token: {} });
const RULES = {
  authorization_code: { supports_minting: ["access_token", "refresh_token", "id_token"], max_usage: 1 },
  access_token: {},
  refresh_token: { supports_minting: ["access_token", "refresh_token"] },
};

const COLUMNS = `used, expires_at, revoked, grant_id, grant_expires_at, client_id, request, scope, claims, sub, sid, auth_time, acr,
    superseded_by, usage_rules, grant_rules, not_before, authorized_at, access_token_format, resources`;
const CODE = `SELECT ${COLUMNS}, coalesce(used_at, (SELECT issued_at FROM token WHERE id = ?2)) AS used_at FROM code WHERE id = ?1`;
const REFRESH_TOKEN = `SELECT ${COLUMNS}, used_at FROM standing WHERE id = ? AND class = 'refresh_token'`;

const USABLE = `id = ?1 AND class = ?2 AND expires_at > ?3 AND grant_expires_at > ?3
  AND (max_usage IS NULL OR used < max_usage) AND not_before <= ?3 AND NOT revoked
  AND EXISTS (SELECT 1 FROM meta WHERE key = 'account' AND value = 'active')`;

const seconds = () => Math.floor(Date.now() / 1000);

/** A code or a refresh token with its ancestors, where none of them has ended. */
function live(standing) {
  const now = seconds();
  return standing && !standing.revoked && standing.not_before <= now && standing.expires_at > now && standing.grant_expires_at > now ? standing : undefined;
}

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
      this.#sql.exec("INSERT INTO consent (client_id, scope, claims, granted_at) VALUES (?, ?, '[]', ?)", client, JSON.stringify(scope.split(" ")), now);
    }
    return login;
  }

  authorize({ login, client, sub, scope, request, format }) {
    const now = seconds();
    const found = this.#one("SELECT auth_time, acr FROM login WHERE id = ? AND revoked_at IS NULL AND expires_at > ?", login, now);
    this.#requireActive();
    const consent = this.#one("SELECT scope, claims FROM consent WHERE client_id = ?", client);
    const session = this.#one("SELECT revoked_at FROM client_session WHERE client_id = ?", client);
    const asked = JSON.stringify(scope.split(" "));
    if (!found || consent?.scope !== asked || session?.revoked_at !== null) return undefined;
    const grant = fresh();
    const end = now + GRANT_LIFETIME;
    this.#one(
      `INSERT INTO grant_ (id, client_id, login_id, sub, request, scope, claims, resources, usage_rules, sid,
                           offline, userinfo_jwt, access_token_format, used, issued_at, authorized_at, expires_at, sweep_at, code_expires_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO NOTHING RETURNING 1`,
      grant, client, login, sub, JSON.stringify(request), asked, RELEASE, JSON.stringify([client]), JSON.stringify(RULES), null,
      0, 0, format, now, now, end, end, now + CODE_LIFETIME,
    );
    const told = JSON.stringify({ login: login.toHex(), grant: grant.toHex(), scope });
    this.#one("INSERT INTO audit (at, event, client_id, detail) VALUES (?, ?, ?, ?) RETURNING id", now, "granted", client, told);
    return grant;
  }

  redeem({ grant, heir, client, redirectUri, challenge, isRefreshed }) {
    this.#requireActive();
    const standing = live(this.#one(CODE, grant, heir));
    if (!standing || standing.client_id !== client || standing.used_at !== null) return undefined;
    const request = JSON.parse(standing.request);
    if (request.redirectUri !== redirectUri || request.challenge !== challenge) return undefined;
    const { authorized_at: authorized, sub, scope, auth_time: authTime, acr } = standing;
    this.#store(heir, grant, grant, "access_token", seconds() + TOKEN_LIFETIME);
    const refresh = isRefreshed ? within(fresh(), grant) : undefined;
    if (refresh) this.#store(refresh, grant, grant, "refresh_token", authorized + REFRESH_LIFETIME);
    return { access: heir, refresh, sub, scope: JSON.parse(scope).join(" "), nonce: request.nonce, authTime, acr };
  }

  refresh({ token, client }) {
    this.#requireActive();
    const now = seconds();
    const standing = live(this.#one(REFRESH_TOKEN, token));
    if (!standing || standing.client_id !== client || standing.superseded_by) return undefined;
    const { grant_id: grant, authorized_at: authorized, sub, scope, auth_time: authTime, acr } = standing;
    const [access, refresh] = [within(fresh(), grant), within(fresh(), grant)];
    this.#store(refresh, grant, token, "refresh_token", authorized + REFRESH_LIFETIME);
    this.#sql.exec(
      `UPDATE token SET used = used + 1, superseded_by = ?1, used_at = coalesce(used_at, ?2), expires_at = iif(?1 IS NULL, ?3, min(expires_at, ?3))
       WHERE id = ?4`,
      refresh, now, now + REPLAY_MEMORY, token,
    );
    this.#one(
      `DELETE FROM token WHERE id BETWEEN ?1 AND ?2 AND grant_id = ?3 AND expires_at <= ?4
       RETURNING iif(class = 'access_token' AND based_on = grant_id, issued_at, NULL)`,
      ...ends(grant), grant, now,
    );
    this.#store(access, grant, token, "access_token", now + TOKEN_LIFETIME);
    return { access, refresh, sub, scope: JSON.parse(scope).join(" "), authTime, acr };
  }

  claims({ token }) {
    const found = this.#one(`SELECT sub, client_id, scope, userinfo_jwt, userinfo, max_usage FROM standing WHERE ${USABLE}`, token, "access_token", seconds());
    return found && { sub: found.sub, ...JSON.parse(found.userinfo) };
  }

  introspect({ token }) {
    const found = this.#one(
      `SELECT sub, client_id, scope, issued_at, expires_at, json_extract(claims, '$.introspection') AS told, resources FROM standing
       WHERE ${USABLE} AND superseded_by IS NULL`,
      token, "access_token", seconds(),
    );
    if (!found) return undefined;
    const { sub, client_id: client, scope, issued_at: issued, expires_at: expires, told, resources } = found;
    return { sub, client, scope: JSON.parse(scope).join(" "), issued, expires, resources: JSON.parse(resources), ...JSON.parse(told) };
  }

  /** The first row that a statement gives, once it has run to its end. */
  #one(statement, ...values) {
    return this.#sql.exec(statement, ...values).toArray()[0];
  }

  #requireActive() {
    if (this.#one("SELECT value FROM meta WHERE key = ?", "account")?.value !== "active") throw new Error("no account");
  }

  #store(id, grant, basedOn, type, expires) {
    const rule = RULES[type];
    this.#sql.exec(
      `INSERT INTO token (id, grant_id, based_on, class, usage_rules, max_usage, used, issued_at, expires_at, scope, claims)
       VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?)`,
      id, grant, basedOn, type, JSON.stringify(rule), rule.max_usage ?? null, seconds(), expires, null, null,
    );
  }
}
