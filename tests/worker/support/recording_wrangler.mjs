#!/usr/bin/env node
// Stands where wrangler does for the commands that need an account, and writes down how it was called: in RECORD, a line a call. It says
// what ANSWERS has for the command, { code, out, err }, and ends well with nothing to say where there is nothing.
import { appendFileSync, readFileSync } from "node:fs";

const args = process.argv.slice(2);
const command = args.filter((word, i) => !word.startsWith("-") && args[i - 1] !== "--config").join(" ");
// Only where something is piped to it, as wrangler reads it.
const input = command === "secret bulk" ? readFileSync(0, "utf8") : "";
appendFileSync(process.env.RECORD, `${JSON.stringify({ command, args, env: process.env, input })}\n`);
const { code = 0, out = "", err = "" } = JSON.parse(process.env.ANSWERS)[command] ?? {};
process.stdout.write(typeof out === "string" ? out : JSON.stringify(out));
process.stderr.write(err);
process.exitCode = code;
