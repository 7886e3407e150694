// The published keys: that they are there, and that nothing of their private halves is.
import { exchange, inPlainWords } from "../exchange.mjs";
import { isOwn, readJson } from "./discovery.mjs";
import { either, right, wrong } from "./finding.mjs";

const NEEDED = ["RS256", "ES256"];
const PRIVATE = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

export async function checkKeys(metadata) {
  const { jwks_uri: uri } = metadata;
  if (!isOwn(metadata, uri)) return [wrong("discovery names no keys of the issuer's own (jwks_uri)")];
  let answer;
  try {
    answer = await exchange(uri);
  } catch (error) {
    return [wrong(`the keys: ${inPlainWords(error, new URL(uri).host)}`)];
  }
  const keys = readJson(answer.text)?.keys;
  if (answer.status !== 200 || !Array.isArray(keys)) {
    return [wrong(`the keys are not there (${uri} answers with status ${answer.status}): KV and the object KEYS have to be bound, and SEAL_KEY or KEY_ENCRYPTION_KEY has to be the one that the keys were sealed with; \`npx wrangler tail\` shows which`)];
  }
  const missing = NEEDED.filter((alg) => !keys.some((key) => key.alg === alg));
  const exposed = keys.filter((key) => PRIVATE.some((member) => member in key));
  return [
    either(!missing.length, `the keys are there, ${NEEDED.join(" and ")} among them`, `the keys lack ${missing.join(" and ")}: \`npx wrangler tail\` shows why they could not be made`),
    exposed.length ? wrong(`the keys show private members (${exposed.map(({ kid }) => kid).join(", ")}): take the provider down and make new keys`) : right("the keys show nothing private"),
  ];
}
