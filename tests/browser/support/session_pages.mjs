// Pages that watch over a session as clients' pages do: frames of the test's own, with the provider's session frame among them.
import { startSite } from "../../worker/support/site.mjs";

const EMPTY = `<!doctype html><html lang="en"><title>Shop</title><link rel="icon" href="data:,"><body>`;

/** A site with an empty page at "/" and at "/callback", and one at "/discreet" that sends no referrer: { origin, stop() }. */
export async function startPages(hostname = "localhost") {
  const site = await startSite();
  const type = "text/html; charset=utf-8";
  for (const path of ["/", "/callback"]) site.publish(path, EMPTY, { type });
  site.publish("/discreet", EMPTY, { type, headers: { "referrer-policy": "no-referrer" } });
  return { ...site, origin: site.origin.replace("127.0.0.1", hostname) };
}

/** Puts a frame into a page or into a frame of it, and waits until it has loaded: the frame. */
export async function embed(around, name, src, attributes = {}) {
  const made = await around.evaluateHandle(([name, src, attributes]) => new Promise((resolve) => {
    const frame = Object.assign(document.createElement("iframe"), { name, src });
    for (const [attribute, value] of Object.entries(attributes)) frame.setAttribute(attribute, value);
    frame.addEventListener("load", () => resolve(frame));
    document.body.append(frame);
  }), [name, src, attributes]);
  return made.contentFrame();
}

/**
 * Asks the session frame from within `frame`: its answer, or "silence" where none comes. `to`: the way there from `frame`'s window, by the
 * names of the windows.
 */
export const ask = (frame, question, { issuer, to = "parent.op" }) =>
  frame.evaluate(([question, issuer, to]) => new Promise((resolve) => {
    const op = to.split(".").reduce((at, name) => at[name], window);
    addEventListener("message", ({ source, origin, data }) => {
      if (source === op) resolve(origin === new URL(issuer).origin ? data : `an answer of ${origin}`);
    });
    op.postMessage(question, "*");
    setTimeout(resolve, 700, "silence");
  }), [question, issuer, to]);
