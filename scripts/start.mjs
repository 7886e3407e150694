// `npm start`: a provider on this machine, with a demo user to sign in as.
//   PORT         where it listens on 127.0.0.1 (default 8787)
//   ISSUER       what it calls itself (default http://localhost:PORT)
//   SIGN_UP      whether people may make accounts for themselves: open or closed (default open)
//   REGISTRATION whether anybody may register a client: open or token (default open)
//   PERSIST_DIR  where its data stays (default .wrangler/state)
//   DEV_VARS     the file with its secrets (default .dev.vars)
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { devVars } from "./dev-vars.mjs";
import { endAll, endWithParent, group, preparedEnv, root } from "./groups.mjs";

const READY_LIMIT_MS = 120_000;
const DEMO_USER = "diana";

const began = Date.now();
const port = Number(process.env.PORT || 8787);
export const issuer = process.env.ISSUER || `http://localhost:${port}`;
export const persist = resolve(process.env.PERSIST_DIR || join(root, ".wrangler/state"));
const secretsFile = resolve(process.env.DEV_VARS || join(root, ".dev.vars"));
export const base = `http://127.0.0.1:${port}${new URL(issuer).pathname.replace(/\/$/, "")}`;
const demo = JSON.parse(readFileSync(join(root, `examples/${DEMO_USER}.json`), "utf8"));

export async function fail(reason) {
  console.error(reason);
  await endAll();
  process.exit(1);
}

export async function needFreePort(port) {
  const server = createServer();
  const listening = new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  await listening.catch(({ code, message }) =>
    fail(`port ${port} of 127.0.0.1 cannot be used: ${code === "EADDRINUSE" ? "something listens there already" : message}`));
  await new Promise((resolve) => server.close(resolve));
}

/** Starts wrangler with a Worker at `port`. What it prints is kept until `reveal()`, as it matters only where it fails, and shown from then on. */
export function startWrangler(port, more) {
  const options = ["--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0", "--log-level", "warn", "--show-interactive-dev-session=false"];
  const wrangler = group("node_modules/.bin/wrangler", ["dev", ...options, ...more], {
    stdio: ["ignore", "pipe", "pipe"],
    // Nothing here needs the network: not the metrics, nor the place that requests would seem to come from.
    env: { ...env, WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false" },
  });
  let kept = [];
  for (const stream of [wrangler.stdout, wrangler.stderr]) {
    stream.on("data", (chunk) => (kept ? kept.push(chunk) : process.stderr.write(chunk)));
  }
  wrangler.reveal = () => {
    process.stderr.write(Buffer.concat(kept ?? []));
    kept = undefined;
  };
  wrangler.done.then((code) => {
    wrangler.reveal();
    return fail(`wrangler ended with status ${code}`);
  });
  return wrangler;
}

/** Resolves once what stands at `address` is answered as it is meant to be. */
export async function ready(address, isMeant) {
  const deadline = Date.now() + READY_LIMIT_MS;
  while (Date.now() < deadline) {
    const answer = await fetch(address, { redirect: "manual", signal: AbortSignal.timeout(5000) }).catch(() => undefined);
    if (answer && isMeant(answer)) return;
    if (answer?.status === 500 && (await answer.text()).includes("not configured")) throw new Error("the provider cannot start: its log, above, names the variable that is wrong");
    await pause(100);
  }
  throw new Error(`${address} was not there for ${READY_LIMIT_MS / 1000} s`);
}

// A user who is there already keeps the changes that were made.
async function createDemoUser(adminToken) {
  const url = `${base}/admin/users/${DEMO_USER}`;
  const headers = { authorization: `Bearer ${adminToken}`, "content-type": "application/json" };
  if ((await fetch(url, { headers })).ok) return;
  const answer = await fetch(url, { method: "PUT", headers, body: JSON.stringify(demo) });
  if (!answer.ok) throw new Error(`the demo user could not be created: ${answer.status} ${await answer.text()}`);
}

endWithParent();
await needFreePort(port);
const env = (await preparedEnv()) ?? (await fail("the set-up failed"));
if (await group("bash", ["scripts/build.sh"], { env }).done) await fail("the Worker could not be built");
const { ADMIN_TOKEN } = devVars(secretsFile);
const wrangler = startWrangler(port, ["--persist-to", persist, "--env-file", secretsFile, "--var", `ISSUER:${issuer}`, "--var", `SIGN_UP:${process.env.SIGN_UP || "open"}`, "--var", `REGISTRATION:${process.env.REGISTRATION || "open"}`]);
try {
  await ready(`${base}/.well-known/openid-configuration`, ({ ok }) => ok);
  await createDemoUser(ADMIN_TOKEN);
} catch (error) {
  wrangler.reveal();
  // What it has logged comes through a pipe.
  await pause(200);
  await fail(error.message);
}
wrangler.reveal();
console.log(`issuer       ${issuer}`);
console.log(`sign in as   ${DEMO_USER} with the password "${demo.password}"`);
console.log(`admin token  ADMIN_TOKEN in ${secretsFile}`);
console.log(`ready after ${((Date.now() - began) / 1000).toFixed(1)} s; Ctrl-C ends it`);
