// What can be said to treeline.

/** Options that every command has. */
export const COMMON = {
  issuer: { type: "string", value: "URL", about: "the provider; or set TREELINE_ISSUER" },
  "token-file": { type: "string", value: "FILE", about: "a file whose first line is the admin token; or set TREELINE_ADMIN_TOKEN" },
  json: { type: "boolean", about: "print JSON" },
  help: { type: "boolean", short: "h", about: "say what can be said" },
};

const columns = (rows) => {
  const widest = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(widest)}  ${right}`).join("\n");
};

const options = (of) => columns(Object.entries(of).map(([name, { value, about }]) => [`--${name}${value ? ` ${value}` : ""}`, about]));
const usage = (name, { args = [] }) => [name, ...args].join(" ");

/** One command. */
export const helpOf = (name, command) => `treeline ${usage(name, command)}\n\n  It ${command.about}.\n\n${options({ ...command.options, ...COMMON })}`;

/** All of those that are given, by their names. */
export const helpOfAll = (commands) =>
  `The admin API of a Treeline provider.\n\n${columns(Object.entries(commands).map(([name, command]) => [usage(name, command), command.about]))}\n\n${options(COMMON)}

Without an issuer and a token it uses the provider that npm start runs. Options of one command: treeline help COMMAND.`;
