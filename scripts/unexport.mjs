// Takes exports out of a wasm module:  node unexport.mjs MODULE CLASS...
// They are those of classes that wasm-bindgen exports because a crate has them, whether or not anything ever makes one. wasm-opt then drops what was reached
// by them alone. The classes stay in JavaScript without anything behind them.
import { readFileSync, writeFileSync } from "node:fs";
import binaryen from "binaryen";

const [, , file, ...classes] = process.argv;
const unwanted = new RegExp(`^(__wbg_(get_|set_)?)?(${classes.join("|").toLowerCase()})_`);
const module = binaryen.readBinary(readFileSync(file));
const names = [...Array(module.getNumExports()).keys()].map((i) => binaryen.getExportInfo(module.getExportByIndex(i)).name);
for (const name of names.filter((name) => unwanted.test(name))) module.removeExport(name);
writeFileSync(file, module.emitBinary());
