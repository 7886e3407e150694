// As much of Cloudflare's API as wrangler asks for in a first deployment: an account without any Worker, which keeps what it is told.
import { createServer } from "node:http";

export const ACCOUNT = { id: "0123456789abcdef0123456789abcdef", name: "Diana's" };

/**
 * Starts it: { env, worker, stop() }. `env` leads wrangler to it; `worker` is what there is of the Worker: `exists`, `secrets`, `metadata` of the last
 * upload, `namespaces`, `domains`, and `steps`, the changes in their order.
 */
export async function startCloudflareApi(name) {
  const worker = { exists: false, secrets: {}, namespaces: [], domains: [], steps: [] };
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { pathname, searchParams } = new URL(request.url, "http://api");
    const result = answer(worker, name, { method: request.method, path: pathname, page: searchParams.get("page"), body: Buffer.concat(chunks).toString("latin1") });
    const missing = result === undefined;
    const errors = missing ? [{ code: 10007, message: "This Worker does not exist on your account." }] : [];
    response.writeHead(missing ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify({ success: !missing, errors, messages: [], result: result ?? null }));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    env: { CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${server.address().port}`, CLOUDFLARE_API_TOKEN: "t".repeat(40) },
    worker,
    stop: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
}

/** The result, or undefined where there is no such thing. */
function answer(worker, name, { method, path, page, body }) {
  const below = path.replace(`/accounts/${ACCOUNT.id}`, "");
  const script = `/workers/scripts/${name}`;
  const off = { enabled: false, previews_enabled: false };
  if (path === "/user/tokens/verify") return { id: "t", status: "active" };
  if (path === "/user") return { id: "u", email: "diana@treeline.test" };
  if (path === "/accounts") return [ACCOUNT];
  if (path === "/memberships") return [{ account: ACCOUNT }];
  if (below === "/storage/kv/namespaces" && method === "GET") return page === "1" ? worker.namespaces : [];
  if (below === "/storage/kv/namespaces") return made(worker, "namespace", worker.namespaces, { id: "a".repeat(32), ...JSON.parse(body) });
  if (below === script && method === "PUT") return uploaded(worker, body);
  if (!worker.exists) return undefined;
  if (below === `${script}/secrets-bulk`) {
    worker.steps.push("secrets");
    Object.entries(JSON.parse(body).secrets).forEach(([key, { text }]) => (worker.secrets[key] = text));
    return {};
  }
  if (below === `${script}/secrets`) return Object.keys(worker.secrets).map((key) => ({ name: key, type: "secret_text" }));
  if (below === `/workers/services/${name}`) return { default_environment: { environment: "production", script: { tag: "t", tags: [], last_deployed_from: "wrangler" } } };
  if (below === `${script}/deployments`) return { deployments: [] };
  if (below === `/workers/workers/${name}`) return { subdomain: off };
  if (below === `${script}/domains/changeset`) return { added: [], removed: [], updated: [], conflicting: [] };
  if (below === `${script}/domains/records`) return made(worker, "domain", worker.domains, ...JSON.parse(body).origins);
  if (below === `${script}/subdomain`) return off;
  return method === "GET" ? undefined : {};
}

function made(worker, step, list, ...items) {
  worker.steps.push(step);
  list.push(...items);
  return items[0];
}

function uploaded(worker, body) {
  worker.metadata = JSON.parse(/name="metadata"\r\n\r\n(.*)/.exec(body)[1]);
  // wrangler makes an empty Worker to give secrets to where there is none.
  worker.steps.push(worker.metadata.bindings.length ? "worker" : "empty worker");
  worker.exists = true;
  return { id: "treeline", etag: "e", startup_time_ms: 1, deployment_id: "d" };
}
