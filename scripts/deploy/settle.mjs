// The configuration as it will be deployed: checked as a whole, and changed where the operator wants it to be.
import { checkAddress, checkIssuer, isLoopback, linesFor } from "./address.mjs";
import { checkBindings } from "./bindings.mjs";
import { readConfiguration, readText } from "./configuration.mjs";
import { withSettings } from "./edit.mjs";
import { Problem } from "./problem.mjs";
import { checkVariables } from "./variables.mjs";

/**
 * Reads and checks the configuration: { configuration, changed, written }. `changed` is the text that wrangler.toml is to have, where it is to have
 * another, and `written` are the lines that make the difference.
 */
export async function settleConfiguration({ config: file, env: name, issuer }, offer) {
  const text = readText(file);
  const present = readConfiguration(text, file, name);
  const settings = issuer === undefined ? {} : settingsFor(present, issuer);
  const outcome = apply(text, present, settings);
  const findings = check(outcome.configuration);
  const isSound = !checkIssuer(outcome.configuration.vars.ISSUER).length;
  const unreached = isSound ? checkAddress(outcome.configuration) : [];
  if (!findings.length && !unreached.length) return outcome;
  const mended = unreached.length && issuer === undefined ? mend(text, present) : undefined;
  if (!mended) throw new Problem(...findings, ...unreached);
  if (!findings.length && (await offer(unreached, mended.written))) return mended;
  const place = present.environment ? `below [env.${present.environment}]` : "at the top, before the first section";
  throw new Problem(...findings, ...unreached, `what to write ${place}: ${mended.written.join("; ")}`);
}

/** The outcome where a line or two lead the host to the Worker. */
function mend(text, present) {
  try {
    const mended = apply(text, present, { lines: linesFor(present.vars.ISSUER) });
    return checkAddress(mended.configuration).length ? undefined : mended;
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}

/** The lines that make `issuer` the environment's: the variable, and the way to it where there is none. */
function settingsFor(present, issuer) {
  const findings = checkIssuer(issuer);
  if (findings.length) throw new Problem(...findings.map((finding) => finding.replace("ISSUER", "--issuer")));
  const vars = present.vars.ISSUER === issuer ? {} : { ISSUER: issuer };
  const isReached = !checkAddress({ ...present, vars: { ...present.vars, ISSUER: issuer } }).length;
  return { vars, lines: isReached ? [] : linesFor(issuer) };
}

function apply(text, { file, name, environment }, settings) {
  const { vars = {}, lines = [] } = settings;
  if (!lines.length && !Object.keys(vars).length) return { configuration: readConfiguration(text, file, name) };
  const changed = withSettings(text, environment, settings);
  const written = [...Object.entries(vars).map(([key, value]) => `${key} = "${value}"`), ...lines];
  return { configuration: readConfiguration(changed, file, name), changed, written };
}

function check(configuration) {
  const { vars, worker } = configuration;
  const name = /^[a-z0-9][a-z0-9_-]*$/.test(worker ?? "") ? [] : [`name is ${JSON.stringify(worker)}; it has to be of small letters, digits and hyphens`];
  return [...name, ...checkIssuer(vars.ISSUER), ...checkVariables(vars), ...checkBindings(configuration)];
}

/** Whether everybody may register clients, or who has the initial access token: as the Worker reads it. */
export const registrationOf = ({ vars }) => vars.REGISTRATION ?? (isLoopback(vars.ISSUER) ? "open" : "token");
