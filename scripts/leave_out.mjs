// Leaves classes out of a wasm module that still has the names of its functions:  node leave_out.mjs MODULE CLASS...
// They are those that wasm-bindgen exports because a crate has them, whether or not anything ever makes one. Their exports go, and whatever is about them does nothing any
// more but trap, since the table of functions holds on to it; wasm-opt then drops what was reached by them alone. The classes stay in JavaScript without
// anything behind them.
import { readFileSync, writeFileSync } from "node:fs";
import binaryen from "binaryen";

const [, , file, ...classes] = process.argv;
const module = binaryen.readBinary(readFileSync(file));

const ofClass = new RegExp(`^(__wbg_(get_|set_)?)?(${classes.join("|").toLowerCase()})_`);
const names = [...Array(module.getNumExports()).keys()].map((i) => binaryen.getExportInfo(module.getExportByIndex(i)).name);
for (const name of names.filter((name) => ofClass.test(name))) module.removeExport(name);

const aboutClass = new RegExp(`\\b(${classes.join("|")})\\b`);
const functions = [...Array(module.getNumFunctions()).keys()].map((i) => module.getFunctionByIndex(i));
const isImported = (it) => Boolean(binaryen.getFunctionInfo(it).module);
for (const it of functions.filter((it) => !isImported(it) && aboutClass.test(binaryen.Function.getName(it)))) {
  binaryen.Function.setBody(it, module.unreachable());
}

writeFileSync(file, module.emitBinary());
