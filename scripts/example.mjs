// `npm run example`: the provider of `npm start`, and beside it examples/edge-app, which is registered there once. What `npm start` reads from the environment
// counts here too.
//   APP_PORT  where the app listens on 127.0.0.1 (default 8788)
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { base, fail, issuer, needFreePort, persist, ready, startWrangler } from "./start.mjs";

const port = Number(process.env.APP_PORT || 8788);
const origin = `http://localhost:${port}`;
const kept = join(persist, "edge-app");
const registrationFile = join(kept, `${port}.json`);

const REGISTRATION = {
  client_name: "Edge app",
  token_endpoint_auth_method: "client_secret_post",
  redirect_uris: [`${origin}/callback`],
  post_logout_redirect_uris: [`${origin}/`],
  backchannel_logout_uri: `${origin}/backchannel_logout`,
  backchannel_logout_session_required: true,
};

/** Registers the app, unless the provider still knows it from another time. */
async function registered() {
  if (existsSync(registrationFile)) {
    const client = JSON.parse(readFileSync(registrationFile, "utf8"));
    const { pathname, search } = new URL(client.registration_client_uri);
    const headers = { authorization: `Bearer ${client.registration_access_token}` };
    if ((await fetch(`${base}${pathname}${search}`, { headers })).ok) return client;
  }
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${base}/registration`, { method: "POST", headers, body: JSON.stringify(REGISTRATION) });
  if (!answer.ok) throw new Error(`the app could not be registered: ${answer.status} ${await answer.text()}`);
  const client = await answer.json();
  mkdirSync(kept, { recursive: true });
  writeFileSync(registrationFile, JSON.stringify(client), { mode: 0o600 });
  return client;
}

await needFreePort(port);
const { client_id, client_secret } = await registered().catch((error) => fail(error.message));
const secretsFile = join(kept, `${port}.vars`);
writeFileSync(secretsFile, `CLIENT_SECRET=${client_secret}\n`, { mode: 0o600 });
const options = ["--config", "examples/edge-app/wrangler.toml", "--persist-to", kept, "--env-file", secretsFile];
const wrangler = startWrangler(port, [...options, "--var", `ISSUER:${issuer}`, "--var", `CLIENT_ID:${client_id}`]);
try {
  await ready(`http://127.0.0.1:${port}/`, ({ status }) => status === 302);
} catch (error) {
  wrangler.reveal();
  await fail(error.message);
}
wrangler.reveal();
console.log(`app          ${origin}`);
