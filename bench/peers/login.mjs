// A login cookie of the application's own, for providers that leave signing in to it: whose it is, with an HMAC.
import { passwordIsRight } from "./password.mjs";

const LIFETIME = 3600;
const ALGORITHM = { name: "HMAC", hash: "SHA-256" };
const encoder = new TextEncoder();
let key;

async function macKey(secret) {
  if (key) return key;
  const made = await crypto.subtle.importKey("raw", encoder.encode(secret), ALGORITHM, false, ["sign", "verify"]);
  return (key ??= made);
}

/** Whose login the request carries, where it carries one. */
export async function signedIn(request, secret) {
  const value = (request.headers.get("cookie") ?? "").match(/(?:^|; )login=([^;]+)/)?.[1];
  if (!value) return undefined;
  const [username, end, mac] = value.split(".");
  const isOurs = await crypto.subtle.verify("HMAC", await macKey(secret), Buffer.from(mac, "base64url"), encoder.encode(`${username}.${end}`));
  return isOurs && Number(end) > Date.now() / 1000 ? username : undefined;
}

/** The cookie for whoever has filled in the form rightly: { username, cookie }, or undefined. */
export async function signIn(form, secret) {
  const username = form.get("username");
  if (!(await passwordIsRight(username, form.get("password")))) return undefined;
  const text = `${username}.${Math.floor(Date.now() / 1000) + LIFETIME}`;
  const mac = Buffer.from(await crypto.subtle.sign("HMAC", await macKey(secret), encoder.encode(text))).toString("base64url");
  return { username, cookie: `login=${text}.${mac}; Max-Age=${LIFETIME}; Path=/; HttpOnly; SameSite=Lax` };
}
