// Whether a deployed issuer is what it should be, and what to do where it is not.
import { setTimeout as pause } from "node:timers/promises";
import { checkDiscovery } from "./checks/discovery.mjs";
import { checkDoors } from "./checks/doors.mjs";
import { checkKeys } from "./checks/keys.mjs";
import { note } from "./terminal.mjs";

const PAUSE_MS = 2000;
const MARKS = new Map([[true, "ok    "], [false, "WRONG "], [undefined, "?     "]]);

/**
 * Checks the issuer, saying one line for each finding, and resolves to how many are wrong.
 * `wait` is how many seconds it may take until it is there at all; `adminToken` is known or undefined; `registration` is open or token.
 */
export async function selfCheck({ issuer, wait, adminToken, registration }) {
  const { findings, metadata } = await patiently(() => checkDiscovery(issuer), wait);
  const all = [...findings];
  // Without a discovery document everything else would only say the same again.
  if (metadata) all.push(...(await checkKeys(metadata)), ...(await checkDoors(metadata, { adminToken, registration })));
  for (const { holds, says } of all) note(`${MARKS.get(holds)} ${says}`);
  return all.filter(({ holds }) => holds === false).length;
}

/** Tries again while the issuer is not there yet. */
async function patiently(check, wait) {
  const deadline = Date.now() + wait * 1000;
  let waiting = false;
  for (;;) {
    const outcome = await check();
    if (!outcome.early || Date.now() + PAUSE_MS > deadline) return outcome;
    if (!waiting) note(`not there yet; waiting for up to ${wait} s`);
    waiting = true;
    await pause(PAUSE_MS);
  }
}
