// The tables of src/session/schema.rs that the measured operations read and write, with their indexes: a row costs here what it costs there.
export const SCHEMA = `
  CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS login (
    id BLOB PRIMARY KEY, auth_time INTEGER NOT NULL, acr TEXT NOT NULL, expires_at INTEGER NOT NULL, revoked_at INTEGER,
    device TEXT NOT NULL DEFAULT '', place TEXT NOT NULL DEFAULT '') STRICT;
  CREATE TABLE IF NOT EXISTS client_session (client_id TEXT PRIMARY KEY, first_at INTEGER NOT NULL, revoked_at INTEGER) STRICT;
  CREATE TABLE IF NOT EXISTS grant_ (
    id BLOB PRIMARY KEY, client_id TEXT NOT NULL, login_id BLOB NOT NULL, sub TEXT NOT NULL, request TEXT NOT NULL,
    scope TEXT NOT NULL, claims TEXT NOT NULL, used INTEGER NOT NULL, issued_at INTEGER NOT NULL, authorized_at INTEGER,
    expires_at INTEGER NOT NULL, sweep_at INTEGER NOT NULL, revoked_at INTEGER) STRICT;
  CREATE INDEX IF NOT EXISTS grant_by_client ON grant_ (client_id);
  CREATE INDEX IF NOT EXISTS grant_by_end ON grant_ (sweep_at);
  CREATE INDEX IF NOT EXISTS grant_by_login ON grant_ (login_id);
  CREATE TABLE IF NOT EXISTS token (
    id BLOB PRIMARY KEY, grant_id BLOB NOT NULL, based_on BLOB, class TEXT NOT NULL, max_usage INTEGER, used INTEGER NOT NULL,
    issued_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, revoked_at INTEGER, used_at INTEGER, superseded_by BLOB) STRICT;
  CREATE INDEX IF NOT EXISTS token_by_grant ON token (grant_id, expires_at);
  CREATE TABLE IF NOT EXISTS consent (client_id TEXT PRIMARY KEY, scope TEXT NOT NULL, granted_at INTEGER NOT NULL) STRICT;`;
