// The people who sign in, the same at every contender.
export const PEOPLE = 32;
const PASSWORD = "correct horse battery staple";

/** `count` people with a name, a password and the claims that everybody has: [{ username, password, claims }]. */
export const people = (count = PEOPLE) =>
  Array.from({ length: count }, (_, i) => ({
    username: `person-${i}`,
    password: PASSWORD,
    claims: { name: `Person ${i}`, email: `person-${i}@example.com`, email_verified: true },
  }));
