// Taking over from another provider: treeline import FILE.
import { jsonObject } from "./input.mjs";
import { fields } from "./output.mjs";

async function run({ ask, args: [file] }) {
  const { body } = await ask("POST", "/admin/import", { json: await jsonObject(file) });
  return { data: body, text: fields(body) };
}

export const importing = { args: ["FILE"], about: "takes over the session dump or client database in FILE (- is standard input); it may be sent again", run };
