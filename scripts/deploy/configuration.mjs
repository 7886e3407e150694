// wrangler.toml as one environment sees it. Production is the top level, unless there is an [env.production].
import { readFileSync } from "node:fs";
import { parse } from "smol-toml";
import { Problem } from "./problem.mjs";

/** The name by which everything calls the top level. */
const TOP_LEVEL = "production";

/** The text of a wrangler.toml. */
export function readText(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Problem(`${file} cannot be read: ${error.code ?? error.message}`);
  }
}

/**
 * Reads the environment `name` of a wrangler.toml, which is `text` and comes from `file`:
 * `environment` is its name to wrangler, empty for the top level; `own` the section that vars and bindings are read from, which no environment
 * inherits; `worker` the Worker's name; `vars`, `routes`, `workersDev`; `top` the whole file.
 */
export function readConfiguration(text, file, name) {
  const top = parseText(text, file);
  const section = top.env?.[name];
  if (!section && name !== TOP_LEVEL) {
    const there = [TOP_LEVEL, ...Object.keys(top.env ?? {})];
    throw new Problem(`--env is ${name}, but ${file} has no [env.${name}]; there is ${[...new Set(there)].join(", ")}`);
  }
  const own = section ?? top;
  const inherited = { ...top, ...section };
  const routes = inherited.routes ?? (inherited.route ? [inherited.route] : []);
  return {
    file,
    name,
    environment: section ? name : "",
    top,
    own,
    inherited,
    worker: section ? (section.name ?? `${top.name}-${name}`) : top.name,
    vars: own.vars ?? {},
    routes: routes.map((route) => (typeof route === "string" ? { pattern: route } : route)),
    workersDev: inherited.workers_dev ?? routes.length === 0,
  };
}

/** How a key of the environment is written in wrangler.toml: `vars` is `[vars]` or `[env.staging.vars]`. */
export const inSection = ({ environment }, key) => (environment ? `env.${environment}.${key}` : key);

function parseText(text, file) {
  try {
    return parse(text);
  } catch (error) {
    throw new Problem(`${file} is not TOML: ${error.message}`);
  }
}
