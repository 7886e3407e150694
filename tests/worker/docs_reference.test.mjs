// The documentation is whole: links lead somewhere, and what the reference lists are the source's own variables, routes, tables and commands, and no others.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, test } from "node:test";
import { checkVariables } from "../../scripts/deploy/variables.mjs";
import { root } from "./harness/config.mjs";
import { anchors, links, pages, rows, sources, textOf } from "./support/docs.mjs";

const CONFIGURATION = "docs/setup/configuration.md";
const code = (paths) => paths.map(textOf).join("\n");
const source = sources("src");

/** The values of the constants of that name, in the files whose names fit. */
function constant(name) {
  const [last, module] = name.split("::").reverse();
  const found = (paths) => [...code(paths).matchAll(new RegExp(`const ${last}: &str =\\s*"([^"]+)"`, "g"))].map(([, value]) => value);
  const own = found(source.filter((path) => path.endsWith(`/${module}.rs`)));
  const values = own.length ? own : found(source);
  assert.equal(values.length, 1, `${name}: ${values}`);
  return values[0];
}

describe("links", () => {
  test("lead to a file, and to a heading of it", () => {
    const own = pages.flatMap((page) => links(page).filter((link) => !/^https?:/.test(link)).map((link) => [page, link]));
    assert.ok(own.length > 100);
    for (const [page, link] of own) {
      const [path, anchor] = link.split("#");
      const file = path ? normalize(join(dirname(page), path)) : page;
      assert.ok(existsSync(join(root, file)), `${page}: ${link}`);
      if (anchor !== undefined) assert.ok(anchors(file).includes(anchor), `${page}: ${link}; there are ${anchors(file).join(", ")}`);
    }
  });

  test("every page is reached from the index", () => {
    const linked = new Set(links("docs/README.md").map((target) => normalize(join("docs", target))));
    const own = pages.filter((page) => page.startsWith("docs/") && page !== "docs/README.md");
    assert.deepEqual(own.filter((page) => !linked.has(page)), []);
  });
});

describe("variables", () => {
  const config = code(source.filter((path) => path.startsWith("src/config")));
  // Whatever reads a variable takes its name as the first thing it is told.
  const read = new Set([...config.matchAll(/\b\w+\(\s*"([A-Z][A-Z_]+)"/g)].map(([, name]) => name));
  const described = rows(CONFIGURATION).filter(([, cells]) => cells.length === 3);
  const names = described.flatMap(([own]) => own);

  test("the page has those that the Worker reads", () => {
    assert.ok(read.size > 20, [...read].join());
    assert.deepEqual(names.toSorted(), [...read].sort());
  });

  test("the page has their defaults and ranges", () => {
    const day = (text) => Number(new Function("DAY", `return ${text.replaceAll("_", "")}`)(86_400));
    const numbers = [...config.matchAll(/number\("([A-Z_]+)", ([^,]+), ([^.,]+)\.\.=([^?]+)\)\?/g)];
    assert.ok(numbers.length > 10);
    for (const [, name, fallback, least, most] of numbers.filter(([text]) => !text.includes("::from"))) {
      const [, [, ...cells]] = described.find(([[own]]) => own === name);
      assert.equal(cells[0], String(day(fallback)), name);
      for (const end of [least, most].map(day).filter((number) => number)) assert.ok(new RegExp(`\\b${end}\\b`).test(cells[1]), `${name}: ${end} is not in ${cells[1]}`);
    }
  });

  test("`npm run deploy` knows each of them", () => {
    const wrong = names.filter((name) => name !== "ISSUER").map((name) => [name, checkVariables({ [name]: "\0" })]);
    for (const [name, found] of wrong) assert.ok(found.length === 1 && found[0].startsWith(`${name} is `), `${name}: ${found}`);
  });
});

describe("routes", () => {
  const router = textOf("src/router.rs");
  const [, arms] = router.match(/fn route\(.*?let \(audience, methods\) = match path \{\n(.*?)\n {8}_ => \{/s);
  const routed = [...arms.matchAll(/^ {8}(\S.*?) => (?:\{\s*)?\(Audience::\w+, "([^"]+)"\)/gms)].flatMap(([, patterns, methods]) =>
    patterns.split("|").map((pattern) => pattern.trim()).map((pattern) => [pattern.startsWith('"') ? pattern.slice(1, -1) : constant(pattern), methods]));
  const administered = [...textOf("src/router/admin.rs").matchAll(/^ {4}\(([^,]+), "([A-Z, ]+)", Subject::/gm)].map(([, path, methods]) =>
    [path.startsWith('"') ? path.slice(1, -1) : constant(path), methods]);

  test("the page on endpoints has those of the router", () => {
    const described = rows("docs/reference/endpoints.md").filter(([[path], cells]) => path.startsWith("/") && cells.length === 3)
      .flatMap(([paths, [, methods]]) => paths.map((path) => [path.split("?")[0], methods]));
    assert.ok(routed.length > 15, routed.join("\n"));
    assert.deepEqual(Object.fromEntries(described.filter(([path]) => !path.startsWith("/admin/"))), Object.fromEntries(routed));
  });

  test("the admin API's description has those of its router", () => {
    const { paths } = JSON.parse(textOf("docs/reference/openapi.json"));
    const described = Object.entries(paths).map(([path, item]) => [path, Object.keys(item).filter((name) => name !== "parameters").map((name) => name.toUpperCase()).sort()]);
    assert.ok(administered.length > 10);
    assert.deepEqual(Object.fromEntries(described), Object.fromEntries(administered.map(([path, methods]) => [path, methods.split(", ").sort()])));
  });

  test("the page on the admin API has them too", () => {
    // `GET`, `PUT /admin/…`: the methods of a row count for every path after them.
    const requests = rows("docs/reference/admin.md").flatMap(([names]) => {
      const words = names.join(" ").split(/\s+/);
      const methods = words.filter((word) => /^(GET|PUT|POST|DELETE)$/.test(word));
      return words.filter((word) => word.startsWith("/admin/")).flatMap((path) => methods.map((method) => `${method} ${path.split("?")[0]}`));
    });
    const known = administered.flatMap(([path, methods]) => methods.split(", ").map((method) => `${method} ${path}`));
    assert.deepEqual([...new Set(requests)].sort(), known.sort());
  });
});

test("the page on storage has every table and column", () => {
  const tables = [...code(source).matchAll(/"CREATE TABLE (\w+) \((.*?)\) STRICT/gs)];
  const described = new Map(rows("docs/reference/storage.md", "### Every object", "## In memory").map(([[name], cells]) => [name, cells.join(" ")]));
  assert.ok(tables.length > 15);
  for (const [, table, columns] of tables) {
    assert.ok(described.has(table), `the table ${table}`);
    for (const column of columns.split(",").map((definition) => definition.trim().split(/\s/)[0])) {
      assert.ok(described.get(table).includes(`\`${column}\``), `${table}.${column}`);
    }
  }
  assert.equal(described.size, tables.length, [...described.keys()].join());
});

test("the page on the command-line client has its commands", async () => {
  const groups = await Promise.all(["clients", "users", "sessions", "keys"].map(async (group) => Object.keys((await import(`../../bin/cli/${group}.mjs`))[group]).map((name) => `${group} ${name}`)));
  const described = rows("docs/reference/cli.md").filter(([, cells]) => cells.length === 2).flatMap(([names]) => names).map((name) => /^[a-z]+( [a-z-]+)?/.exec(name)?.[0]);
  assert.deepEqual(described.filter((name) => name && !name.startsWith("help")).sort(), [...groups.flat(), "import"].sort());
});
