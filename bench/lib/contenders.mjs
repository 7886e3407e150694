// Everybody who takes part, in the order of the tables. A contender has `name`, `title`, `kind` ("floor", "product", "peer"), `storage` ("disk", "memory"), `lacks`,
// `operations`, `modules()` where it is a Worker, `bundle` where that is made of bench/peers, and `start({ metered, port, crowd })`, which gives
// { server, target }; `isMetered` is false where there is nothing to count, `crowd` is how many people sign in.
import * as constantJavascript from "../contenders/constant_javascript.mjs";
import * as constantRust from "../contenders/constant_rust.mjs";
import * as floor from "../contenders/floor.mjs";
import * as floorRemembering from "../contenders/floor_remembering.mjs";
import * as openauth from "../contenders/openauth.mjs";
import * as oidcProvider from "../contenders/oidc_provider.mjs";
import * as oidcProviderNode from "../contenders/oidc_provider_node.mjs";
import * as treeline from "../contenders/treeline.mjs";
import * as workersOauthProvider from "../contenders/workers_oauth_provider.mjs";
import { inMemory } from "./in_memory.mjs";

const products = [treeline, oidcProvider, workersOauthProvider, openauth];
const notDurable = [oidcProviderNode, inMemory(workersOauthProvider), inMemory(openauth)];

export const CONTENDERS = [constantJavascript, constantRust, floor, floorRemembering, ...products, ...notDurable];

export const PEERS = CONTENDERS.filter(({ kind }) => kind === "peer").map(({ name }) => name);
