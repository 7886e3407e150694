// A browser without scripts: cookies, forms and the headers of a navigation. It follows a redirect only when told to.
import { parse } from "node-html-parser";
import { CookieJar } from "./cookies.mjs";
import { submission } from "./forms.mjs";
import { request } from "./http.mjs";

// Under no-referrer a browser sends `Origin: null` even to the page's own origin.
const originOf = (page) => (page.headers["referrer-policy"] === "no-referrer" ? "null" : new URL(page.url).origin);
const siteOf = (page, url) => (page ? (new URL(page.url).origin === url.origin ? "same-origin" : "cross-site") : "none");

export class Browser {
  cookies = new CookieJar();
  #providers;

  /** `providers` are reached at their own sockets whatever host their issuer names. */
  constructor(...providers) {
    this.#providers = providers;
  }

  /** Opens `url` as if typed, or as a link on the page `from`. */
  get(url, { from, headers } = {}) {
    return this.#navigate(new URL(url, from?.url), { from, headers });
  }

  /** Goes where a page's Location points. */
  follow(page) {
    if (!page.location) throw new Error(`${page.status} without a Location: ${page.text}`);
    return this.get(page.location, { from: page });
  }

  /**
   * Submits a page's form: its only one, or the one that the selector `form` finds. `fields` fills in its controls by name;
   * `button` is the value, name or text of the one pressed, else the first.
   */
  submit(page, { form: selector = "form", fields, button, headers } = {}) {
    const [form, ...others] = page.root.querySelectorAll(selector);
    if (!form || others.length) throw new Error(`${others.length + !!form} forms match "${selector}" in ${page.text}`);
    const { method, action, entries } = submission(form, page.root, { fields, button });
    const url = new URL(action || page.url, page.url);
    if (method === "POST") {
      return this.#navigate(url, { from: page, method, form: entries, headers: { origin: originOf(page), ...headers } });
    }
    url.search = new URLSearchParams(entries).toString();
    return this.#navigate(url, { from: page, headers });
  }

  async #navigate(url, { from, headers, ...rest }) {
    url.hash = "";
    const provider = this.#providers.find(({ issuer }) => new URL(issuer).origin === url.origin);
    const address = provider ? provider.url + url.pathname + url.search : url.href;
    const cookie = this.cookies.for(url).map(({ name, value }) => `${name}=${value}`).join("; ");
    const answer = await request(address, {
      ...rest,
      headers: {
        host: url.host,
        accept: "text/html,application/xhtml+xml,*/*;q=0.8",
        "accept-language": "en",
        "sec-fetch-dest": "document",
        "sec-fetch-mode": "navigate",
        "sec-fetch-site": siteOf(from, url),
        ...(cookie && { cookie }),
        ...headers,
      },
    });
    this.cookies.store(url, answer.headers["set-cookie"]);
    return { ...answer, url: url.href, root: parse(answer.text) };
  }
}
