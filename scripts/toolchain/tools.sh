# worker-build and the tools that it runs, in the versions that Cargo.lock asks for.

locked_version() { awk -v name="name = \"$1\"" '$0 == name { getline; gsub(/[^0-9.]/, ""); print; exit }' "$root/Cargo.lock"; }

use_worker_build() {
  local version bindgen
  version=$(locked_version worker) # released together with worker-build
  bindgen=$(locked_version wasm-bindgen)
  tool worker-build "$version" cargo_install worker-build
  tool wasm-bindgen "$bindgen" wasm_bindgen
  export PATH=$cache/tools/worker-build-$version/bin:$PATH
  # worker-build would fetch its own.
  export WASM_BINDGEN_BIN=$cache/tools/wasm-bindgen-$bindgen/bin/wasm-bindgen
  export WASM_OPT_BIN=$root/node_modules/.bin/wasm-opt ESBUILD_BIN=$root/node_modules/.bin/esbuild
}

# tool NAME VERSION INSTALL...: installs into a directory of its own, so that clones at different versions share the cache.
tool() {
  local name=$1 version=$2 home=$cache/tools/$1-$2
  shift 2
  [ -x "$home/bin/$name" ] || "$@" "$version" "$home" || die "$name $version could not be installed"
}

cargo_install() {
  step "$1 $2: compiling, some minutes, once" limited 3000 cargo install "$1" --version "$2" --locked --force --root "$3"
}

wasm_bindgen() {
  download_wasm_bindgen "$1" "$2/bin" || cargo_install wasm-bindgen-cli "$1" "$2"
}

download_wasm_bindgen() {
  local platform name
  case $(uname -sm) in
    'Linux x86_64') platform=x86_64-unknown-linux-musl ;;
    'Linux aarch64') platform=aarch64-unknown-linux-musl ;;
    'Darwin x86_64') platform=x86_64-apple-darwin ;;
    'Darwin arm64') platform=aarch64-apple-darwin ;;
    *) return 1 ;;
  esac
  name=wasm-bindgen-$1-$platform
  say "wasm-bindgen $1: downloading"
  mkdir -p "$2"
  curl -sSfL --connect-timeout 10 --max-time 120 "https://github.com/wasm-bindgen/wasm-bindgen/releases/download/$1/$name.tar.gz" |
    tar -xz -C "$2" --strip-components=1 "$name/wasm-bindgen" 2>/dev/null && "$2/wasm-bindgen" --version >/dev/null
}
