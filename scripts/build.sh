#!/usr/bin/env bash
# Builds the Worker into build/, unless nothing that it is made of has changed. wrangler runs this too, so `npx wrangler deploy`
# needs no step before it.
. "$(dirname "$0")/toolchain.sh"
cd "$root"

sha=(sha256sum)
have sha256sum || sha=(shasum -a 256)
inputs() {
  local path
  for path in Cargo.toml Cargo.lock askama.toml build.rs .cargo src templates wire worker scripts/build.sh scripts/toolchain/rust.sh scripts/leave_out.mjs; do
    if [ -e $path ]; then find $path -type f; fi
  done | LC_ALL=C sort
}

# What the worker crate brings along, and the provider never makes.
unused=(ContainerStartupOptions IntoUnderlyingByteSource IntoUnderlyingSink IntoUnderlyingSource MinifyConfig R2Range)

# After -Oz for the size as it is, -Os for the size as it is sent: fewer bytes are not always fewer once they are compressed.
finish() {
  local wasm=build/index_bg.wasm
  node scripts/leave_out.mjs $wasm "${unused[@]}"
  "$root/node_modules/.bin/wasm-opt" --all-features -Os --low-memory-unused --one-caller-inline-max-function-size=500 --strip-debug --strip-producers $wasm -o $wasm.stripped
  mv $wasm.stripped $wasm
}

# One module again, with the guard around what worker-build made.
add_guard() {
  mv build/index.js build/worker.js
  "$root/node_modules/.bin/esbuild" src/edge/guard.js --bundle --format=esm --minify --log-level=warning \
    --alias:worker=./build/worker.js --external:cloudflare:workers --external:./index_bg.wasm --outfile=build/index.js
  rm build/worker.js
}

stamp=build/.inputs
made_of=$(inputs | tr '\n' '\0' | xargs -0 "${sha[@]}" | "${sha[@]}")

if [ -f build/index_bg.wasm ] && [ "$(cat $stamp 2>/dev/null)" = "$made_of" ]; then
  say "build/ is up to date"
else
  say "building the Worker"
  rm -f $stamp
  use_std_of_script
  worker-build --release --out-dir ../build worker >&2
  # worker-build keeps the names of functions, a tenth of the script; a trace in the log does without.
  finish
  add_guard
  echo "$made_of" >$stamp
  say "built: build/index_bg.wasm, $(gzip -c build/index_bg.wasm | wc -c | awk '{print int($1 / 1024)}') KiB gzipped"
fi
