// What the peers leave to the application: a page with a form, and the check of a password. Everybody's password is the same and so is its hash, which costs what
// another one would: PBKDF2 with as many rounds as Workers allow.
const ROUNDS = 100_000;
const PASSWORD = "correct horse battery staple";
const encoder = new TextEncoder();
const hashes = new Map();

async function hashOf(username, password) {
  const key = await crypto.subtle.importKey("raw", encoder.encode(password), "PBKDF2", false, ["deriveBits"]);
  const bits = await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt: encoder.encode(username), iterations: ROUNDS }, key, 256);
  return Buffer.from(bits).toString("hex");
}

export async function passwordIsRight(username, password) {
  if (!hashes.has(username)) hashes.set(username, await hashOf(username, PASSWORD));
  return (await hashOf(username, password)) === hashes.get(username);
}

export const signInPage = (action) => `<!doctype html><html lang="en"><title>Sign in</title>
<form method="post" action="${action}"><label>User name <input name="username" autocomplete="username"></label>
<label>Password <input name="password" type="password" autocomplete="current-password"></label><button>Sign in</button></form></html>`;
