// What is measured. Every contender is asked the same; one that lacks an operation is left out of it.
//
// `page`: the path of a document that is read. Otherwise `step` is what is measured: it takes what `begin` has made for a person before, and gives what the
// next step takes. What is used up at once (`spends`) is made anew for every step, and the making is not measured.

/** Discovery, authorization with a login cookie, token, JWKS, userinfo: whatever of it the contender has. */
async function flow(party, user) {
  const { paths } = party.target;
  if (paths.discovery) await party.read(paths.discovery);
  const tokens = await party.redeem(await party.authorize("web", user));
  if (paths.jwks) await party.read(paths.jwks);
  if (paths.userinfo) await party.userinfo(tokens);
  return user;
}

/** Authorization, the sign-in page with a password, token, userinfo. */
async function signIn(party, user) {
  const tokens = await party.redeem(await party.signIn("web", user));
  if (party.target.paths.userinfo) await party.userinfo(tokens);
  return user;
}

const tokensOf = (client) => async (party, user) => party.redeem(await party.authorize(client, user));
const same = async (_, user) => user;

/** What growth alone is measured by: an account as the operator reads it, one call of its object. */
export const ACCOUNT = { title: "account", begin: same, step: (party, user) => party.read(user.path, user.headers).then(() => user) };

export const OPERATIONS = {
  discovery: { title: "discovery", page: "discovery" },
  jwks: { title: "JWKS", page: "jwks" },
  flow: { title: "code flow", begin: same, step: flow },
  redemption: { title: "code redemption", spends: true, begin: (party, user) => party.authorize("web", user), step: (party, code) => party.redeem(code) },
  refresh: { title: "refresh", begin: tokensOf("offline"), step: (party, tokens) => party.refresh(tokens) },
  userinfo: { title: "userinfo", begin: tokensOf("web"), step: (party, tokens) => party.userinfo(tokens) },
  introspection: { title: "introspection, JWT", begin: tokensOf("web"), step: (party, tokens) => party.introspect(tokens) },
  introspection_opaque: { title: "introspection, opaque", begin: tokensOf("opaque"), step: (party, tokens) => party.introspect(tokens) },
  sign_in: { title: "sign-in by password", begin: same, step: signIn },
};
