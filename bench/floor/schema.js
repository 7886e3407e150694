// The tables of src/session/schema.rs that the measured operations read and write, column by column: a row costs here what it costs there.
export const SCHEMA = `
  CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS login (
    id BLOB PRIMARY KEY, auth_time INTEGER NOT NULL, acr TEXT NOT NULL, expires_at INTEGER NOT NULL, revoked_at INTEGER,
    device TEXT NOT NULL DEFAULT '', place TEXT NOT NULL DEFAULT '', entry TEXT, entry_after INTEGER) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS client_session (client_id TEXT PRIMARY KEY, first_at INTEGER NOT NULL, revoked_at INTEGER) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS grant_ (
    id BLOB PRIMARY KEY, client_id TEXT NOT NULL, login_id BLOB NOT NULL, sub TEXT NOT NULL, request TEXT NOT NULL,
    scope TEXT NOT NULL, claims TEXT NOT NULL, resources TEXT NOT NULL, usage_rules TEXT NOT NULL, sid BLOB,
    offline INTEGER NOT NULL, userinfo_jwt INTEGER NOT NULL, access_token_format TEXT NOT NULL, used INTEGER NOT NULL, issued_at INTEGER NOT NULL,
    authorized_at INTEGER, not_before INTEGER NOT NULL DEFAULT 0, expires_at INTEGER NOT NULL, sweep_at INTEGER NOT NULL,
    revoked_at INTEGER, code_expires_at INTEGER, code_failures INTEGER NOT NULL DEFAULT 0, code_used_at INTEGER, code_revoked_at INTEGER,
    imported TEXT) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS token (
    id BLOB PRIMARY KEY, grant_id BLOB NOT NULL, based_on BLOB, class TEXT NOT NULL, usage_rules TEXT NOT NULL,
    max_usage INTEGER, used INTEGER NOT NULL, issued_at INTEGER NOT NULL,
    not_before INTEGER NOT NULL DEFAULT 0, expires_at INTEGER NOT NULL, revoked_at INTEGER, scope TEXT, claims TEXT,
    used_at INTEGER, superseded_by BLOB, imported TEXT) STRICT, WITHOUT ROWID;
  CREATE VIEW IF NOT EXISTS standing AS SELECT
    t.id, t.class, t.used, t.max_usage, t.issued_at, t.expires_at, t.used_at, t.superseded_by, t.grant_id,
    max(t.not_before, g.not_before) AS not_before, t.usage_rules, g.usage_rules AS grant_rules, g.authorized_at,
    coalesce(t.scope, g.scope) AS scope, coalesce(t.claims, json_extract(g.claims, '$.userinfo')) AS userinfo,
    g.client_id, g.request, g.sub, g.sid, g.claims, g.userinfo_jwt, g.access_token_format, g.resources, g.expires_at AS grant_expires_at, l.auth_time, l.acr,
    coalesce(t.revoked_at, g.revoked_at, c.revoked_at, CASE WHEN g.offline = 0 THEN l.revoked_at END) IS NOT NULL AS revoked
   FROM token t JOIN grant_ g ON g.id = t.grant_id
                JOIN client_session c ON c.client_id = g.client_id
                JOIN login l ON l.id = g.login_id;
  CREATE VIEW IF NOT EXISTS code AS SELECT
    g.id, g.code_used_at IS NOT NULL AS used, g.code_expires_at AS expires_at, g.code_used_at AS used_at, NULL AS superseded_by, g.id AS grant_id,
    g.not_before, json_extract(g.usage_rules, '$.authorization_code') AS usage_rules, g.usage_rules AS grant_rules, g.authorized_at, g.scope,
    g.client_id, g.request, g.sub, g.sid, g.claims, g.access_token_format, g.resources, g.expires_at AS grant_expires_at, l.auth_time, l.acr,
    coalesce(g.code_revoked_at, g.revoked_at, c.revoked_at, CASE WHEN g.offline = 0 THEN l.revoked_at END) IS NOT NULL AS revoked
   FROM grant_ g JOIN client_session c ON c.client_id = g.client_id
                 JOIN login l ON l.id = g.login_id
   WHERE g.code_expires_at IS NOT NULL;
  CREATE TABLE IF NOT EXISTS consent (client_id TEXT PRIMARY KEY, scope TEXT NOT NULL, claims TEXT NOT NULL, granted_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS audit (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, event TEXT NOT NULL, client_id TEXT, detail TEXT NOT NULL) STRICT;`;
