# Rust from Debian's packages, which lack the wasm32 target: its standard library is built once from their source.

# rustc-web is the compiler that Debian keeps current for its browsers. An older lld leaves out the table that wasm-bindgen needs.
DEBIAN_RUST=(rustc-web cargo-web rust-web-src lld-22)
DEBIAN_LINKER=wasm-ld-22

debian_home() { echo "$cache/debian/$(/usr/bin/rustc --version | awk '{print $2}')"; }

debian_is_complete() {
  [ -x /usr/bin/rustc ] && [ -x /usr/bin/cargo ] && have $DEBIAN_LINKER && [ -x "$(debian_home)/bin/rustc" ] || return
  export PATH=$(debian_home)/bin:$PATH SYSROOT=$(debian_home)/sysroot
  export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$DEBIAN_LINKER
  say "Rust: $(rustc --version), from Debian's packages"
}

install_from_debian() {
  have apt-get || return
  dpkg -s "${DEBIAN_RUST[@]}" >/dev/null 2>&1 || apt_install "${DEBIAN_RUST[@]}" || return
  local home
  home=$(debian_home)
  step "building the $WASM standard library, once" build_std "$home" || return
  debian_is_complete
}

# The system's own sysroot stays as its packages made it: another one in the cache links to its parts and adds the target.
build_std() {
  local home=$1 crate=$1/std rustlib=$1/sysroot/lib/rustlib program
  rm -rf "$home" && mkdir -p "$crate/src" "$rustlib/$WASM/lib" "$home/bin" || return
  printf '[package]\nname = "none"\nedition = "2021"\n[workspace]\n' >"$crate/Cargo.toml"
  : >"$crate/src/lib.rs"
  # Without bitcode in the standard library, link-time optimisation fails.
  (
    cd "$crate" && PATH=/usr/bin:$PATH RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Cembed-bitcode=yes limited 900 /usr/bin/cargo build --release \
      --target $WASM -Z build-std=std,panic_abort,panic_unwind,proc_macro
  ) || return
  find "$crate/target/$WASM/release/deps" -name '*.rlib' ! -name 'libnone-*' -exec cp {} "$rustlib/$WASM/lib/" \;
  ln -s /usr/lib/rustlib/* "$rustlib/"
  rm -rf "$crate"
  # In front of rustup's in PATH.
  for program in cargo cargo-fmt cargo-clippy clippy-driver rustfmt rustdoc; do ln -s /usr/bin/$program "$home/bin/"; done
  printf '#!/bin/sh\nexec /usr/bin/rustc --sysroot "%s" "$@"\n' "$home/sysroot" >"$home/bin/rustc"
  chmod +x "$home/bin/rustc"
}
