// A cookie jar by origin. Loopback counts as secure, as in browsers, so `Secure` needs no https here.

const defaultPath = ({ pathname }) => pathname.slice(0, Math.max(pathname.lastIndexOf("/"), 1));
const covers = (cookie, { pathname }) =>
  pathname === cookie.path || pathname.startsWith(cookie.path.endsWith("/") ? cookie.path : `${cookie.path}/`);

function expiry(attributes) {
  if ("max-age" in attributes) return Date.now() + Number(attributes["max-age"]) * 1000;
  return "expires" in attributes ? Date.parse(attributes.expires) : Infinity;
}

function parse(line, url) {
  const [pair, ...rest] = line.split(";").map((part) => part.trim());
  const split = (text) => [text.slice(0, (text + "=").indexOf("=")), text.slice((text + "=").indexOf("=") + 1)];
  const [name, value] = split(pair);
  const attributes = Object.fromEntries(rest.map(split).map(([key, text]) => [key.toLowerCase(), text]));
  const path = attributes.path?.startsWith("/") ? attributes.path : defaultPath(url);
  return { name, value, path, attributes, expires: expiry(attributes) };
}

// Browsers drop a prefixed cookie that breaks its prefix's promise.
function keepsItsPromise({ name, attributes }) {
  if (name.startsWith("__Host-")) return "secure" in attributes && attributes.path === "/" && !("domain" in attributes);
  return !name.startsWith("__Secure-") || "secure" in attributes;
}

export class CookieJar {
  #origins = new Map();

  store(url, lines = []) {
    const cookies = this.#origins.get(url.origin) ?? new Map();
    this.#origins.set(url.origin, cookies);
    for (const cookie of [lines].flat().map((line) => parse(line, url)).filter(keepsItsPromise)) {
      const key = `${cookie.name};${cookie.path}`;
      if (cookie.expires > Date.now()) cookies.set(key, cookie);
      else cookies.delete(key);
    }
  }

  /** The cookies that a request to `url` carries, longest path first. */
  for(url) {
    return [...(this.#origins.get(url.origin)?.values() ?? [])]
      .filter((cookie) => covers(cookie, url) && cookie.expires > Date.now())
      .sort((a, b) => b.path.length - a.path.length);
  }

  clear() {
    this.#origins.clear();
  }
}
