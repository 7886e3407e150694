// The peers as they are run: installed from bench/peers/package-lock.json and, those for workerd, bundled into one module each.
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { Failure } from "./failure.mjs";

const folder = fileURLToPath(new URL("../peers/", import.meta.url));
const lock = join(folder, "package-lock.json");
const installedLock = join(folder, "node_modules/.treeline-lock.json");

/** Where the module of a peer's Worker is. */
export const bundled = (name) => join(folder, "build", `${name}.js`);

const readIfThere = (path) => (existsSync(path) ? readFileSync(path, "utf8") : undefined);

function install() {
  if (readIfThere(installedLock) === readFileSync(lock, "utf8")) return;
  try {
    execFileSync("npm", ["ci", "--prefix", folder, "--no-audit", "--no-fund"], { stdio: ["ignore", "ignore", "pipe"] });
  } catch (error) {
    throw new Failure(`the peers could not be installed; --peers none does without them:\n${error.stderr ?? error.message}`);
  }
  copyFileSync(lock, installedLock);
}

// Packages for CommonJS ask for Node's modules at run time; a module of workerd can only import them.
const nodeModules = {
  name: "node-modules",
  setup(building) {
    const filter = new RegExp(`^(node:)?(${builtinModules.join("|")})$`);
    const plain = (path) => `node:${path.replace(/^node:/, "")}`;
    building.onResolve({ filter }, ({ path, kind }) => (kind === "require-call" ? { path: plain(path), namespace: "required" } : { path: plain(path), external: true }));
    building.onLoad({ filter: /.*/, namespace: "required" }, ({ path }) => ({ contents: `import whole from "${path}"; module.exports = whole;`, loader: "js" }));
  },
};

/** Installs the peers' packages and bundles the Workers of these names. */
export async function preparePeers(names) {
  if (!names.length) return;
  install();
  for (const name of new Set(names)) {
    const entry = join(folder, name, "worker.mjs");
    if (!existsSync(entry)) throw new Failure(`the peer ${name} is missing: ${entry}`);
    // Names stay what they are: oidc-provider stores things under those of their classes.
    const size = { minify: true, keepNames: true };
    const options = { entryPoints: [entry], outfile: bundled(name), bundle: true, ...size, format: "esm", target: "es2024", logLevel: "error" };
    await build({ ...options, mainFields: ["module", "main"], conditions: ["workerd", "worker", "import"], external: ["cloudflare:*"], plugins: [nodeModules] });
  }
}
