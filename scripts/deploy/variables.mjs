// The Worker's variables and what each may be: what it would refuse at its start is found before it is deployed.

const DAY = 86_400;

/** The smallest and the greatest number that a variable may be. */
export const RANGES = {
  CODE_LIFETIME: [1, 600],
  ACCESS_TOKEN_LIFETIME: [1, DAY],
  ID_TOKEN_LIFETIME: [1, DAY],
  REFRESH_TOKEN_LIFETIME: [1, 3650 * DAY],
  REFRESH_IDLE_LIFETIME: [0, 3650 * DAY],
  REFRESH_GRACE: [0, 600],
  GRANT_LIFETIME: [60, 3650 * DAY],
  LOGIN_LIFETIME: [1, 365 * DAY],
  INTERACTION_LIFETIME: [1, DAY],
  CLIENT_LIFETIME: [0, 3650 * DAY],
  KEY_LIFETIME: [3600, 3650 * DAY],
  EPOCH: [0, 4_294_967_295],
  REGISTRATION_LIMIT: [1, 1_000_000],
  SIGN_UP_LIMIT: [1, 1_000_000],
  ADMIN_LIMIT: [1, 1_000_000],
  PASSWORD_TRIES: [1, 1000],
  PASSWORD_WINDOW: [1, DAY],
  AUDIT_LIFETIME: [0, 3650 * DAY],
};

/** Where 0 means something beside the range. */
export const ZERO_TOO = ["KEY_LIFETIME"];

const WORDS = {
  SIGN_UP: ["open", "closed"],
  DENY_UNKNOWN_SCOPES: ["true", "false"],
  REGISTRATION: ["open", "token"],
  LOG: ["requests", "all", "errors", "off"],
};

const JSON_OBJECTS = ["TOKEN_USAGE_RULES", "SCOPES"];

const SECRETS = ["SEAL_KEY", "SEAL_KEY_PREVIOUS", "KEY_ENCRYPTION_KEY", "SUBJECT_SALT", "ADMIN_TOKEN", "REGISTRATION_TOKEN", "OIDCOP_KEYS"];

/** What is wrong with the variables, each by its name and what is allowed. ISSUER has a module of its own. */
export function checkVariables(vars) {
  return Object.entries(vars).flatMap(([name, value]) => {
    if (SECRETS.includes(name)) return `${name} is a secret; it must not stand in wrangler.toml: take it out, and never use that value again`;
    const allowed = whatIsAllowed(name);
    if (allowed === undefined) return [];
    if (typeof value !== "string") return `${name} is not text; it has to be ${allowed.says}, in quotes`;
    return allowed.holds(value) ? [] : `${name} is "${value}"; it has to be ${allowed.says}`;
  });
}

function whatIsAllowed(name) {
  if (RANGES[name]) {
    const [least, most] = RANGES[name];
    const zero = ZERO_TOO.includes(name);
    const inside = (value) => (zero && value === "0") || (Number(value) >= least && Number(value) <= most);
    return { says: `a number from ${least} to ${most}${zero ? ", or 0" : ""}`, holds: (value) => /^\d+$/.test(value) && inside(value) };
  }
  if (WORDS[name]) return { says: WORDS[name].join(", ").replace(/, (?=\w+$)/, " or "), holds: (value) => WORDS[name].includes(value) };
  if (JSON_OBJECTS.includes(name)) return { says: "a JSON object", holds: isJsonObject };
  return undefined;
}

function isJsonObject(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
