// The dry run: every step says what it would do, and what needs no account is done.
import { namespaceOf } from "./bindings.mjs";
import { planSecrets } from "./secrets.mjs";
import { registrationOf } from "./settle.mjs";
import { note, step } from "./terminal.mjs";

export async function rehearse(configuration, wrangler, { rotate, saveSecrets, written }) {
  const { worker, vars } = configuration;
  step("account", "would ask wrangler who is logged in (wrangler whoami)");
  if (rotate) {
    step("secrets", `would ask for the present ${rotate} where it is still needed, make a new one, and upload it through the standard input (wrangler secret bulk)`);
  } else {
    const { id } = namespaceOf(configuration);
    step("KV namespace", id ? `would look whether ${id} is there (wrangler kv namespace list)` : `has no id: wrangler would make ${worker}-kv with the first deployment`);
    const names = planSecrets(undefined, registrationOf(configuration)).made.join(", ");
    step("secrets", `would look which ${worker} has (wrangler secret list), make what is missing of ${names}, and upload it through the standard input (wrangler secret bulk)`);
  }
  if (saveSecrets) note(`would keep what is new in ${saveSecrets}`);
  if (!rotate) step("deployment", `would deploy ${worker} (wrangler deploy); its dry run passes: ${await wrangler.rehearse(written ? { ISSUER: vars.ISSUER } : {})}`);
  step("self-check", `would ask ${vars.ISSUER} for its discovery document and keys, and try every endpoint`);
  console.log("\na dry run: nothing was done");
  return true;
}
