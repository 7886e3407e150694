// oidc-provider on Node, with the adapter in memory that it comes with, which keeps a thousand entries otherwise: fewer than are in use here at once.
import { createServer } from "node:http";
import MemoryAdapter from "oidc-provider/lib/adapters/memory_adapter.js";
import LRU from "oidc-provider/lib/helpers/lru.js";
import { makeProvider } from "./provider.mjs";

const ENTRIES = 1_000_000;

const { PORT, ISSUER, JWKS, CLIENTS, COOKIE_KEY } = process.env;
const storage = new LRU({ maxSize: ENTRIES });
const adapter = (model) => new MemoryAdapter(model, storage);
const provider = makeProvider({ issuer: ISSUER, adapter, jwks: JSON.parse(JWKS), clients: JSON.parse(CLIENTS), cookieKey: COOKIE_KEY });
createServer(provider.callback()).listen(Number(PORT), "127.0.0.1");
