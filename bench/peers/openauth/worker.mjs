// An OpenAuth issuer on Workers KV. Its provider is the application's own, since those that it comes with know no login that lasts: a page with a password, and
// a cookie for whoever comes back.
import { issuer } from "@openauthjs/openauth";
import { CloudflareStorage } from "@openauthjs/openauth/storage/cloudflare";
import { createSubjects } from "@openauthjs/openauth/subject";
import { signIn, signedIn } from "../login.mjs";
import { signInPage } from "../password.mjs";

const subjects = createSubjects({ user: { "~standard": { version: 1, vendor: "bench", validate: (value) => ({ value }) } } });

const login = (secret) => ({
  type: "login",
  init(routes, context) {
    routes.get("/authorize", async (c) => {
      const username = await signedIn(c.req.raw, secret);
      return username ? context.success(c, { username }) : c.html(signInPage("/login/authorize"));
    });
    routes.post("/authorize", async (c) => {
      const done = await signIn(await c.req.formData(), secret);
      if (!done) return c.text("wrong", 401);
      c.header("set-cookie", done.cookie, { append: true });
      return context.success(c, { username: done.username });
    });
  },
});

/** Codes are kept for sixty seconds, the least that KV takes. On the platform the clock stands still while a request computes; here a moment would be missing. */
function storage(namespace) {
  const plain = CloudflareStorage({ namespace });
  return { ...plain, set: (key, value, expiry) => plain.set(key, value, expiry && new Date(expiry.getTime() + 1000)) };
}

let app;

export default {
  fetch(request, env, context) {
    // Once for each isolate, so that its keys are not listed and read again by every request.
    app ??= issuer({
      subjects,
      storage: storage(env.KV),
      providers: { login: login(env.COOKIE_KEY) },
      allow: async ({ redirectURI }) => redirectURI === "https://rp.example/callback",
      success: (ctx, { username }) => ctx.subject("user", { username }, { subject: username }),
      ttl: { access: 3600, refresh: 86_400 },
    });
    return app.fetch(request, env, context);
  },
};
