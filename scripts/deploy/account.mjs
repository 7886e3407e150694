// Whose account it is, and whether it has what wrangler.toml names.
import { namespaceOf } from "./bindings.mjs";
import { Problem } from "./problem.mjs";
import { ask, isTerminal } from "./terminal.mjs";

/** Settles the account: says which it is. */
export async function settleAccount(wrangler, { inherited }) {
  const user = await wrangler.whoami();
  if (!user) throw new Problem("nobody is logged in: run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN to a token that may edit Workers");
  const accounts = user.accounts ?? [];
  const wanted = inherited.account_id ?? process.env.CLOUDFLARE_ACCOUNT_ID;
  const account = accounts.find(({ id }) => id === wanted) ?? (await choose(accounts, wanted));
  if (account) wrangler.useAccount(account.id);
  const name = account ? `${account.name} (${account.id})` : wanted;
  return user.email ? `${name}, as ${user.email}` : name;
}

async function choose(accounts, wanted) {
  const list = accounts.map(({ id, name }, i) => `  ${i + 1}  ${name} (${id})`).join("\n");
  if (wanted && accounts.length) throw new Problem(`the account ${wanted} is none of this login's:\n${list}`);
  // A token that may not list accounts can still use one.
  if (wanted) return undefined;
  if (accounts.length === 1) return accounts[0];
  if (!accounts.length) throw new Problem("this login shows no account: set CLOUDFLARE_ACCOUNT_ID to the one to use");
  if (!isTerminal()) throw new Problem(`this login has several accounts: set CLOUDFLARE_ACCOUNT_ID to one of\n${list}`);
  console.log(list);
  const chosen = accounts[Number(await ask("Which account? ")) - 1];
  return chosen ?? Promise.reject(new Problem("that is none of them; nothing was done"));
}

/** Settles the KV namespace: says which it is. */
export async function settleNamespace(wrangler, configuration) {
  const { id } = namespaceOf(configuration);
  if (!id) return `has no id: wrangler makes ${configuration.worker}-kv with the first deployment, and finds it again`;
  const there = await wrangler.namespaces();
  const namespace = there.find((one) => one.id === id);
  if (namespace) return `${namespace.title} (${id}) is there`;
  throw new Problem(`KV: this account has no namespace ${id}; take the id out and wrangler makes one, or write the id of one of: ${there.map(({ title, id }) => `${title} (${id})`).join(", ") || "none"}`);
}
