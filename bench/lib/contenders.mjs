// Everybody who takes part, in the order of the tables. A contender has `name`, `title`, `kind` ("floor", "product", "peer"), `storage` ("disk", "memory"),
// `operations`, `modules()` where it is a Worker, and `start({ metered })`, which gives { server, target }.
import * as constantJavascript from "../contenders/constant_javascript.mjs";
import * as constantRust from "../contenders/constant_rust.mjs";
import * as floor from "../contenders/floor.mjs";
import * as treeline from "../contenders/treeline.mjs";

export const CONTENDERS = [constantJavascript, constantRust, floor, treeline];

export const PEERS = CONTENDERS.filter(({ kind }) => kind === "peer").map(({ name }) => name);
