//! The tables of a user's tree. Revocation is one fact on one row; whether a token is usable is one query over it and its ancestors.

use crate::object::Schema;

/// How a user's object begins. Each row that is written is paid for, and so is each entry of an index: a row lies where its id belongs, and no index beside
/// it serves what happens seldom. The tokens of a grant are found by their family, see [`crate::oauth::ids::NodeId::within`].
pub const SCHEMA: Schema = Schema {
    create: &[
        // One sign-in on one device: the authentication event. device and place are empty where nothing is known. The row is the sign-in's entry in the audit
        // trail as well, for which it stays when the login is over: entry is what only the trail tells, NULL where it tells nothing, and entry_after
        // the last entry of the table audit before it.
        "CREATE TABLE login (
            id BLOB PRIMARY KEY, auth_time INTEGER NOT NULL, acr TEXT NOT NULL,
            expires_at INTEGER NOT NULL, revoked_at INTEGER,
            device TEXT NOT NULL DEFAULT '', place TEXT NOT NULL DEFAULT '', entry TEXT, entry_after INTEGER) STRICT, WITHOUT ROWID",
        "CREATE TABLE client_session (
            client_id TEXT PRIMARY KEY, first_at INTEGER NOT NULL, revoked_at INTEGER) STRICT, WITHOUT ROWID",
        // expires_at is 0 until the person has consented; sweep_at is when the row goes whatever became of it; used counts tokens that are gone.
        // The code stands in the row, and has the grant's id; code_expires_at is NULL where the response brought none. code_used_at is 0 where the code
        // was used up by guesses, and NULL while the access token that it has bought tells when it was used.
        "CREATE TABLE grant_ (
            id BLOB PRIMARY KEY, client_id TEXT NOT NULL, login_id BLOB NOT NULL, sub TEXT NOT NULL, request TEXT NOT NULL,
            scope TEXT NOT NULL, claims TEXT NOT NULL, resources TEXT NOT NULL, usage_rules TEXT NOT NULL, sid BLOB,
            offline INTEGER NOT NULL, userinfo_jwt INTEGER NOT NULL, access_token_format TEXT NOT NULL, used INTEGER NOT NULL, issued_at INTEGER NOT NULL,
            authorized_at INTEGER, not_before INTEGER NOT NULL DEFAULT 0, expires_at INTEGER NOT NULL, sweep_at INTEGER NOT NULL,
            revoked_at INTEGER, code_expires_at INTEGER, code_failures INTEGER NOT NULL DEFAULT 0, code_used_at INTEGER, code_revoked_at INTEGER,
            imported TEXT) STRICT, WITHOUT ROWID",
        // A code has a row here only where it was imported: nobody can redeem it, but a dump shows it.
        "CREATE TABLE token (
            id BLOB PRIMARY KEY, grant_id BLOB NOT NULL, based_on BLOB, class TEXT NOT NULL, usage_rules TEXT NOT NULL,
            max_usage INTEGER, used INTEGER NOT NULL, issued_at INTEGER NOT NULL,
            not_before INTEGER NOT NULL DEFAULT 0, expires_at INTEGER NOT NULL, revoked_at INTEGER, scope TEXT, claims TEXT,
            used_at INTEGER, superseded_by BLOB, imported TEXT) STRICT, WITHOUT ROWID",
        // A token with its ancestors. What was granted for while the person is away does not end with the login.
        "CREATE VIEW standing AS SELECT
            t.id, t.class, t.used, t.max_usage, t.issued_at, t.expires_at, t.used_at, t.superseded_by, t.grant_id,
            max(t.not_before, g.not_before) AS not_before, t.usage_rules, g.usage_rules AS grant_rules, g.authorized_at,
            coalesce(t.scope, g.scope) AS scope, coalesce(t.claims, json_extract(g.claims, '$.userinfo')) AS userinfo,
            g.client_id, g.request, g.sub, g.sid, g.claims, g.userinfo_jwt, g.access_token_format, g.resources, g.expires_at AS grant_expires_at, l.auth_time, l.acr,
            coalesce(t.revoked_at, g.revoked_at, c.revoked_at, CASE WHEN g.offline = 0 THEN l.revoked_at END) IS NOT NULL AS revoked
         FROM token t JOIN grant_ g ON g.id = t.grant_id
                      JOIN client_session c ON c.client_id = g.client_id
                      JOIN login l ON l.id = g.login_id",
        // The same of a code.
        "CREATE VIEW code AS SELECT
            g.id, g.code_used_at IS NOT NULL AS used, g.code_expires_at AS expires_at, g.code_used_at AS used_at, NULL AS superseded_by, g.id AS grant_id,
            g.not_before, json_extract(g.usage_rules, '$.authorization_code') AS usage_rules, g.usage_rules AS grant_rules, g.authorized_at, g.scope,
            g.client_id, g.request, g.sub, g.sid, g.claims, g.access_token_format, g.resources, g.expires_at AS grant_expires_at, l.auth_time, l.acr,
            coalesce(g.code_revoked_at, g.revoked_at, c.revoked_at, CASE WHEN g.offline = 0 THEN l.revoked_at END) IS NOT NULL AS revoked
         FROM grant_ g JOIN client_session c ON c.client_id = g.client_id
                       JOIN login l ON l.id = g.login_id
         WHERE g.code_expires_at IS NOT NULL",
        "CREATE TABLE consent (client_id TEXT PRIMARY KEY, scope TEXT NOT NULL, claims TEXT NOT NULL, granted_at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
        "CREATE TABLE credential (kind TEXT PRIMARY KEY, data TEXT NOT NULL) STRICT, WITHOUT ROWID",
        "CREATE TABLE try (kind TEXT PRIMARY KEY, count INTEGER NOT NULL, until INTEGER NOT NULL) STRICT, WITHOUT ROWID",
        // Until progress is other than pending, next_at is the next attempt; from then on it is when the row goes.
        "CREATE TABLE delivery (
            jti BLOB PRIMARY KEY, client_id TEXT NOT NULL, sub TEXT NOT NULL, sid BLOB NOT NULL, progress TEXT NOT NULL, answer TEXT NOT NULL,
            attempts INTEGER NOT NULL, queued_at INTEGER NOT NULL, next_at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
        "CREATE INDEX delivery_by_time ON delivery (next_at)",
        "CREATE TABLE audit (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, event TEXT NOT NULL, client_id TEXT, detail TEXT NOT NULL) STRICT",
        "CREATE TABLE profile (claim TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
    ],
};
