// The provider's keys: treeline keys …
import { moment, table } from "./output.mjs";

const COLUMNS = {
  KID: (key) => key.kid,
  ALG: (key) => key.alg,
  USE: (key) => key.use,
  STATE: (key) => key.state,
  CREATED: (key) => moment(key.created_at),
  "ACTIVE FROM": (key) => moment(key.active_from),
  REMOVED: (key) => key.remove_at && moment(key.remove_at),
};

const command = (method, path) => async ({ ask }) => {
  const { body } = await ask(method, path);
  return { data: body, text: table(COLUMNS, body.keys, "There is no key.") };
};

export const keys = {
  list: { about: "lists the keys, what each does and until when", run: command("GET", "/admin/keys") },
  rotate: { about: "makes a successor to every key that has none", run: command("POST", "/admin/keys/rotate") },
};
