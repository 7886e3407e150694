// What the command line asks for; anything that it cannot mean is refused with what it could.
import { parseArgs } from "node:util";
import { Failure } from "./failure.mjs";

const USAGE = `npm run bench -- [--only OPERATION,…] [--peers PEER,…|none] [--runs N] [--seconds S] [--connections N] [--port P] [--short] [--no-growth]

  --only         these operations alone
  --peers        these peers beside Treeline and the floors; all of them by default
  --runs         how often each contender has its turn at each operation (5)
  --seconds      how long a turn lasts (1)
  --connections  how many requests are under way at once (16)
  --port         contenders listen here and on the ports that follow; by default wherever it is free
  --short        no times: counts what everybody touches and holds Treeline to bench/limits.json
  --no-growth    leaves out the curves against grants, clients and people`;

const listed = (text) => text.split(",").map((one) => one.trim()).filter(Boolean);

function chosen(option, text, known) {
  const unknown = listed(text).filter((name) => !known.includes(name));
  if (unknown.length) throw new Failure(`--${option}: there is no ${unknown.join(", ")}; there is ${known.join(", ")}`);
  return listed(text);
}

function number(option, text, { least, most, whole = true }) {
  const value = Number(text);
  if (text === "" || !(value >= least && value <= most) || (whole && !Number.isInteger(value))) {
    throw new Failure(`--${option}: "${text}" is not ${whole ? "a whole number" : "a number"} from ${least} to ${most}`);
  }
  return value;
}

function parsed(args) {
  const text = (value) => ({ type: "string", default: value });
  const options = {
    only: text(""), peers: text(""), runs: text("5"), seconds: text("1"), connections: text("16"), port: text("0"),
    short: { type: "boolean", default: false }, "no-growth": { type: "boolean", default: false }, help: { type: "boolean", default: false },
  };
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new Failure(`${error.message}\n\n${USAGE}`);
  }
}

/** Reads the options: `operations` and `peers` are the names of all that there are. Undefined where help was asked for. */
export function readOptions(args, { operations, peers }) {
  const values = parsed(args);
  if (values.help) {
    console.log(USAGE);
    return undefined;
  }
  return {
    operations: values.only ? chosen("only", values.only, operations) : operations,
    peers: values.peers === "none" ? [] : values.peers ? chosen("peers", values.peers, peers) : peers,
    runs: number("runs", values.runs, { least: 1, most: 1000 }),
    seconds: number("seconds", values.seconds, { least: 0.1, most: 600, whole: false }),
    connections: number("connections", values.connections, { least: 1, most: 1000 }),
    port: number("port", values.port, { least: 0, most: 65_000 }),
    short: values.short,
    growth: !values["no-growth"] && !values.only,
  };
}
