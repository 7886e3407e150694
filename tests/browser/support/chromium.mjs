// Chromium as a person has it, watched: what it complains about, what it fetches, and how the provider answers.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const PHONE = { width: 360, height: 740 };
export const DESKTOP = { width: 1280, height: 800 };

const OUTPUT = fileURLToPath(new URL("../../output/", import.meta.url));
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

/** Chromium writes an error for every page whose status is 4xx, and for nothing else that we want to allow. */
const isOnlyAStatus = (text) => /^Failed to load resource: the server responded with a status of 4\d\d/.test(text);

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";

export const startChromium = () => chromium.launch({ executablePath, args: FLAGS });

/**
 * Chromium that keeps cookies from other sites' frames (`blocked`) or does not (`allowed`): builds of it differ in what they do by themselves. It is
 * for `person`: { newContext(options), close() }.
 */
export async function startChromiumWithThirdPartyCookies(thirdPartyCookies) {
  const profile = mkdtempSync(join(tmpdir(), "treeline-chromium-"));
  const preferences = { profile: { cookie_controls_mode: { allowed: 0, blocked: 1 }[thirdPartyCookies] } };
  mkdirSync(join(profile, "Default"));
  writeFileSync(join(profile, "Default", "Preferences"), JSON.stringify(preferences));
  const first = await chromium.launchPersistentContext(profile, { executablePath, args: FLAGS });
  return {
    newContext: (options) => first.browser().newContext(options),
    async close() {
      await first.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/**
 * A person with a browser of their own. `scripts`: whether pages may run any. `dark`: the colour scheme. `viewport`: the window.
 * Resolves to { page, context, watched }; `watched` holds complaints, the origins that were asked, the provider's
 * statuses and those of the pages, as they come.
 */
export async function person(browser, { op, scripts = true, dark = false, viewport = DESKTOP, ...more } = {}) {
  const context = await browser.newContext({
    viewport,
    colorScheme: dark ? "dark" : "light",
    reducedMotion: "reduce",
    javaScriptEnabled: scripts,
    ...more,
  });
  context.setDefaultTimeout(15_000);
  const watched = { complaints: [], origins: new Set(), statuses: [], navigations: [] };
  context.on("console", (message) => {
    if (["error", "warning"].includes(message.type()) && !isOnlyAStatus(message.text())) watched.complaints.push(message.text());
  });
  context.on("weberror", (error) => watched.complaints.push(String(error.error())));
  context.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol !== "data:") watched.origins.add(origin);
  });
  context.on("response", (response) => {
    if (new URL(response.url()).origin === op.issuer) watched.statuses.push(response.status());
    if (response.request().isNavigationRequest()) watched.navigations.push(response.status());
  });
  return { page: await context.newPage(), context, watched };
}

/** Closes the browsers of `people`. Whatever they did: no complaint of the browser, nothing from elsewhere than `known` origins, no failure of the provider. */
export async function leave(people, known) {
  await Promise.all(people.map(({ context }) => context.close()));
  for (const { watched: { complaints, origins, statuses } } of people) {
    assert.deepEqual(complaints, []);
    assert.deepEqual([...origins].filter((origin) => !known.includes(origin)), []);
    assert.deepEqual(statuses.filter((status) => status >= 500), []);
  }
}

/** Fills in the sign-in page and sends it. */
export async function signIn(page, username, password) {
  await page.getByLabel("User name").fill(username);
  await page.getByLabel("Password").fill(password);
  await page.locator("#login").click();
}

/** Keeps a picture of the page where people can look at it; `options` as of a screenshot. */
export async function picture(page, name, options = {}) {
  mkdirSync(OUTPUT, { recursive: true });
  writeFileSync(join(OUTPUT, ".gitignore"), "*\n");
  await page.screenshot({ path: join(OUTPUT, `${name}.png`), ...options });
}
