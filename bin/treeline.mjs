#!/usr/bin/env node
// A client of the admin API: treeline clients list, and so on. docs/reference/cli.md says what there is.
import { parseArgs } from "node:util";
import { clients } from "./cli/clients.mjs";
import { Failure, misused } from "./cli/failure.mjs";
import { COMMON, helpOf, helpOfAll } from "./cli/help.mjs";
import { importing } from "./cli/import.mjs";
import { keys } from "./cli/keys.mjs";
import { json, visible } from "./cli/output.mjs";
import { connect, whichProvider } from "./cli/provider.mjs";
import { sessions } from "./cli/sessions.mjs";
import { users } from "./cli/users.mjs";

const groups = { clients, users, sessions, keys };
const COMMANDS = Object.fromEntries([
  ...Object.entries(groups).flatMap(([group, commands]) => Object.entries(commands).map(([name, command]) => [`${group} ${name}`, command])),
  ["import", importing],
]);
const SEE_HELP = "treeline help lists the commands";

/** Every option of every command: which of them are said is known before which command it is. */
const OPTIONS = Object.assign({}, COMMON, ...Object.values(COMMANDS).map((command) => command.options));

/** The command that the first words name, and the words that are left. */
function commandOf(words) {
  const name = [words.slice(0, 2).join(" "), words[0]].find((one) => Object.hasOwn(COMMANDS, one));
  return name && { name, command: COMMANDS[name], args: words.slice(name.split(" ").length) };
}

function help(words) {
  const found = commandOf(words);
  if (found) return helpOf(found.name, found.command);
  const those = Object.entries(COMMANDS).filter(([name]) => !words.length || name.split(" ")[0] === words[0]);
  if (!those.length || words.length > 1) throw misused(`there is no command "${words.slice(0, 2).join(" ")}"`, SEE_HELP);
  return helpOfAll(Object.fromEntries(those));
}

/** Identifiers and cursors may begin like options. A word that does and is none goes past the parser in disguise. */
const DISGUISE = "\0";
const CLIENT_ID = /^--[\w-]{22}$/;
const disguised = (word) => ((/^-[^-]/.test(word) && word !== "-h") || (CLIENT_ID.test(word) && !Object.hasOwn(OPTIONS, word.slice(2))) ? DISGUISE + word : word);
const bare = (value) => (typeof value === "string" ? value.replace(DISGUISE, "") : Array.isArray(value) ? value.map(bare) : value);

function parsed(argv) {
  try {
    const { values, positionals } = parseArgs({ args: argv.map(disguised), options: OPTIONS, allowPositionals: true });
    return { values: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, bare(value)])), positionals: bare(positionals) };
  } catch (error) {
    if (argv.some((word) => /^--(admin-)?token(=|$)/.test(word))) {
      throw misused("a token on the command line could be read by every process of this machine", "set TREELINE_ADMIN_TOKEN, or say --token-file FILE");
    }
    throw misused(error.message.split(". ")[0], SEE_HELP);
  }
}

/** Holds what is said to what the command takes. */
function check({ name, command, args }, options) {
  const seeHelp = `treeline help ${name}`;
  const takes = command.args ?? [];
  const needs = takes.filter((arg) => !arg.startsWith("["));
  if (args.length < needs.length) throw misused(`${name} needs ${needs.slice(args.length).join(" and ")}`, seeHelp);
  if (args.length > takes.length) throw misused(`${name} takes no "${args[takes.length]}"`, seeHelp);
  const strange = Object.keys(options).find((option) => !(option in COMMON) && !(option in (command.options ?? {})));
  if (strange) throw misused(`${name} takes no --${strange}`, seeHelp);
}

async function run(argv) {
  const { values: options, positionals: words } = parsed(argv);
  if (words[0] === "help") return help(words.slice(1));
  const found = commandOf(words);
  if (!found || options.help) return help(words);
  check(found, options);
  const ask = connect(whichProvider(options, process.env));
  const { data, text } = await found.command.run({ ask, args: found.args, options });
  return options.json ? json(data) : text;
}

process.stdout.on("error", (error) => process.exit(error.code === "EPIPE" ? 0 : 1));
try {
  console.log(await run(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  console.error(`treeline: ${visible(error.message)}`);
  if (error.hint) console.error(`  ${visible(error.hint)}`);
  process.exitCode = error.code;
}
