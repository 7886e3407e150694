// What a Worker costs before it does anything.
export default { fetch: () => new Response("constant") };
