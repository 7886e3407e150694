// Answers pages of clients: "unchanged", "changed" or "error" (OpenID Connect Session Management 1.0, section 3.2). It asks nobody anything.
const COOKIE = location.protocol === "https:" ? "__Host-treeline-state=" : "treeline-state=";

// Firefox names the page around this frame only as the referrer, and not where that page sends none.
function originAround() {
  if (location.ancestorOrigins) return location.ancestorOrigins[0];
  return document.referrer && new URL(document.referrer).origin;
}

// Whoever asks has the origin of the page around this frame; all others are not even told that they are wrong.
function mayAsk({ origin, source }) {
  if (parent === window || !source || origin === "null") return false;
  const around = originAround();
  return around ? origin === around : source === parent || source.parent === parent;
}

function browserState() {
  const pair = document.cookie.split("; ").find((one) => one.startsWith(COOKIE));
  return pair && pair.slice(COOKIE.length);
}

async function base64urlHash(text) {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(hash))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
}

async function check(question, origin) {
  const [, client, hash, salt] = (typeof question === "string" && /^([!-~]+) ([\w-]+)\.([\w-]+)$/.exec(question)) || [];
  if (!client) return "error";
  const state = browserState();
  // Where the browser keeps the cookie from frames nothing is known; "changed" would have the client ask for a new session_state without end.
  if (!state) return document.hasStorageAccess && !(await document.hasStorageAccess()) ? "error" : "changed";
  return (await base64urlHash([client, origin, state, salt].join(" "))) === hash ? "unchanged" : "changed";
}

addEventListener("message", async (event) => {
  if (!mayAsk(event)) return;
  const { data, origin, source } = event;
  source.postMessage(await check(data, origin).catch(() => "error"), origin);
});
