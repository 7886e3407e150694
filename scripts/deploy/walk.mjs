// The steps, in their order.
import { writeFileSync } from "node:fs";
import { settleAccount, settleNamespace } from "./account.mjs";
import { checkIssuer, wayTo } from "./address.mjs";
import { readConfiguration, readText } from "./configuration.mjs";
import { keep, settleKeeping, show } from "./keeping.mjs";
import { Problem } from "./problem.mjs";
import { rehearse } from "./rehearsal.mjs";
import { afterRotation, checkRotation, rotate } from "./rotation.mjs";
import { fulfil, planSecrets } from "./secrets.mjs";
import { selfCheck } from "./self_check.mjs";
import { registrationOf, settleConfiguration } from "./settle.mjs";
import { confirm, isTerminal, note, step } from "./terminal.mjs";
import { Wrangler } from "./wrangler.mjs";

/** Does what the options say: whether all is well in the end. */
export async function walk(options, env) {
  if (options.checkOnly) return checkAlone(options);
  const { configuration, changed, written } = await configurationStep(options);
  const wrangler = new Wrangler(configuration, env);
  if (options.dryRun) return rehearse(configuration, wrangler, { ...options, written });
  const write = () => changed && writeFileSync(configuration.file, changed);
  return options.rotate ? rotation(configuration, wrangler, options) : deployment(configuration, wrangler, options, write);
}

async function configurationStep(options) {
  const { config: file, env: name, dryRun, yes } = options;
  const offer = async (findings, lines) => {
    if (dryRun || (!yes && !isTerminal())) return false;
    findings.forEach(note);
    await confirm(`Write ${lines.join(" and ")} into ${file}?`, { yes });
    return true;
  };
  try {
    const settled = await settleConfiguration(options, offer);
    const { worker, vars } = settled.configuration;
    step("configuration", `${file}, ${name}: the Worker ${worker} is ${vars.ISSUER}, ${wayTo(vars.ISSUER)}`);
    if (settled.written) note(`${dryRun ? "would be written" : "to be written"} into ${file}: ${settled.written.join("; ")}`);
    return settled;
  } catch (error) {
    if (error instanceof Problem) step("configuration", `${file}, ${name}: something has to be put right first`);
    throw error;
  }
}

// Secrets come before the Worker: wrangler makes an empty one to hold them where there is none, so the provider never runs without them, and wrangler's
// own questions at the deployment still have the terminal, which secrets piped to that command would take.
async function deployment(configuration, wrangler, options, write) {
  const { worker, vars } = configuration;
  step("account", await settleAccount(wrangler, configuration));
  step("KV namespace", await settleNamespace(wrangler, configuration));
  const there = await wrangler.secrets();
  const plan = planSecrets(there, registrationOf(configuration));
  const names = [...plan.made, ...plan.asked];
  step("secrets", `${there ? `${worker} has ${there.join(", ") || "none"}` : `${worker} is new`}; ${names.length ? `missing: ${names.join(", ")}` : "none is missing"}`);
  plan.notes.forEach(note);
  // Where nobody can be asked, what is asked for comes from the environment, and so from somewhere where it is kept.
  const file = await settleKeeping(isTerminal() ? names : plan.made, options);
  await confirm(`Deploy ${worker} as ${vars.ISSUER}?`, options);
  const values = await fulfil(plan);
  write();
  await upload(wrangler, values, file, values);
  try {
    step("deployment", `wrangler deploys ${worker}`);
    await wrangler.deploy();
    return await checkStep(configuration, { ...options, made: values });
  } finally {
    show(file, values);
  }
}

async function rotation(configuration, wrangler, options) {
  const { rotate: name } = options;
  step("account", await settleAccount(wrangler, configuration));
  const there = await wrangler.secrets();
  checkRotation(name, there);
  const file = await settleKeeping([name], options);
  await confirm(`Give ${configuration.worker} a new ${name}?`, options);
  const { fresh, all } = await rotate(name, there);
  step("secrets", `${Object.keys(all).join(" and ")} of ${configuration.worker}`);
  await upload(wrangler, all, file, fresh);
  try {
    afterRotation(name, there, configuration).forEach(note);
    return await checkStep(configuration, { ...options, made: fresh });
  } finally {
    show(file, fresh);
  }
}

/** Uploads `values`; those that are new are kept in `file` before that, so that what is in use is never known to nobody. */
async function upload(wrangler, values, file, fresh) {
  const names = Object.keys(values);
  if (!names.length) return;
  keep(file, fresh);
  try {
    await wrangler.putSecrets(values);
  } catch (error) {
    throw file && error instanceof Problem ? new Problem(...error.findings, `${file} has what was to be uploaded; whether it was is not known`) : error;
  }
  note(`uploaded: ${names.join(", ")}`);
}

async function checkStep(configuration, { wait, made = {} }) {
  const { ISSUER: issuer } = configuration.vars;
  step("self-check", issuer);
  const adminToken = made.ADMIN_TOKEN ?? process.env.ADMIN_TOKEN;
  const faults = await selfCheck({ issuer, wait, adminToken, registration: registrationOf(configuration) });
  console.log(faults ? `\n${faults} ${faults === 1 ? "thing is" : "things are"} wrong at ${issuer}` : `\nall is well at ${issuer}`);
  return faults === 0;
}

/** The check asks the issuer whatever leads to it, so of wrangler.toml nothing else matters. */
async function checkAlone(options) {
  const { config: file, env: name } = options;
  const configuration = readConfiguration(readText(file), file, name);
  const issuer = options.issuer ?? configuration.vars.ISSUER;
  const findings = checkIssuer(issuer);
  if (findings.length) throw new Problem(...findings);
  return checkStep({ ...configuration, vars: { ...configuration.vars, ISSUER: issuer } }, options);
}
