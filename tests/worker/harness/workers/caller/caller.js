// A Worker that is bound to the provider, and calls it as a test says: { method, parameters } by POST, { value } or { thrown } back.
export default {
  async fetch(request, { PROVIDER }) {
    const { method, parameters } = await request.json();
    try {
      return Response.json({ value: await PROVIDER[method](...parameters) });
    } catch (error) {
      return Response.json({ thrown: `${error.name}: ${error.message}` });
    }
  },
};
