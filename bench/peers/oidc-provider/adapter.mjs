// oidc-provider's adapter on a Durable Object with SQLite: one table, one row for each thing that is stored, one call for each method.
// One object holds everything, as one database would; that is the cheapest there is, whatever it means for many at once.
import { DurableObject } from "cloudflare:workers";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS entry (
    model TEXT NOT NULL, id TEXT NOT NULL, payload TEXT NOT NULL, grant_id TEXT, uid TEXT, user_code TEXT, expires_at INTEGER, consumed INTEGER,
    PRIMARY KEY (model, id)) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS entry_by_grant ON entry (grant_id) WHERE grant_id IS NOT NULL;
  CREATE INDEX IF NOT EXISTS entry_by_uid ON entry (uid) WHERE uid IS NOT NULL;
  CREATE INDEX IF NOT EXISTS entry_by_user_code ON entry (user_code) WHERE user_code IS NOT NULL;`;

/** What a revocation of a grant takes along. */
const GRANTABLE = new Set(["AccessToken", "AuthorizationCode", "RefreshToken", "DeviceCode", "BackchannelAuthenticationRequest"]);
const SWEEP_MS = 3_600_000;

const now = () => Math.floor(Date.now() / 1000);

export class Store extends DurableObject {
  #sql;

  constructor(context, env) {
    super(context, env);
    this.#sql = context.storage.sql;
    this.#sql.exec(SCHEMA);
    context.blockConcurrencyWhile(async () => {
      if (!(await context.storage.getAlarm())) await context.storage.setAlarm(Date.now() + SWEEP_MS);
    });
  }

  upsert(model, id, payload, expiresIn) {
    const grant = GRANTABLE.has(model) ? payload.grantId : undefined;
    const uid = model === "Session" ? payload.uid : undefined;
    this.#sql.exec(
      `INSERT INTO entry (model, id, payload, grant_id, uid, user_code, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (model, id) DO UPDATE SET payload = excluded.payload, expires_at = excluded.expires_at,
         grant_id = excluded.grant_id, uid = excluded.uid, user_code = excluded.user_code`,
      model, id, JSON.stringify(payload), grant ?? null, uid ?? null, payload.userCode ?? null, expiresIn ? now() + expiresIn : null,
    );
  }

  find(model, id) {
    return this.#one("model = ? AND id = ?", model, id);
  }

  findByUid(model, uid) {
    return this.#one("model = ? AND uid = ?", model, uid);
  }

  findByUserCode(userCode) {
    return this.#one("user_code = ?", userCode);
  }

  consume(model, id) {
    this.#sql.exec("UPDATE entry SET consumed = ? WHERE model = ? AND id = ?", now(), model, id);
  }

  destroy(model, id) {
    this.#sql.exec("DELETE FROM entry WHERE model = ? AND id = ?", model, id);
  }

  revokeByGrantId(grantId) {
    this.#sql.exec("DELETE FROM entry WHERE grant_id = ?", grantId);
  }

  async alarm() {
    this.#sql.exec("DELETE FROM entry WHERE expires_at <= ?", now());
    await this.ctx.storage.setAlarm(Date.now() + SWEEP_MS);
  }

  #one(where, ...values) {
    const [row] = this.#sql.exec(`SELECT payload, consumed, expires_at FROM entry WHERE ${where}`, ...values).toArray();
    if (!row || (row.expires_at ?? Infinity) <= now()) return undefined;
    return { ...JSON.parse(row.payload), ...(row.consumed && { consumed: row.consumed }) };
  }
}

/** The class that oidc-provider takes as `adapter`. */
export const adapterOn = (namespace) =>
  class DurableObjectAdapter {
    constructor(model) {
      this.model = model;
    }

    get store() {
      return namespace.getByName("store");
    }

    upsert(id, payload, expiresIn) {
      return this.store.upsert(this.model, id, payload, expiresIn);
    }

    find(id) {
      return this.store.find(this.model, id);
    }

    findByUid(uid) {
      return this.store.findByUid(this.model, uid);
    }

    findByUserCode(userCode) {
      return this.store.findByUserCode(userCode);
    }

    consume(id) {
      return this.store.consume(this.model, id);
    }

    destroy(id) {
      return this.store.destroy(this.model, id);
    }

    revokeByGrantId(grantId) {
      return this.store.revokeByGrantId(grantId);
    }
  };
