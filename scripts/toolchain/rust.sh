# Rust with the wasm32 target: what is there, else rustup, else Debian's packages.

WASM=wasm32-unknown-unknown

use_c_compiler() {
  have cc || apt_install gcc libc6-dev || die "a C compiler is missing: install gcc or clang"
}

use_rust() {
  if [ -x "$cache/cargo/bin/cargo" ] && ! have cargo; then use_own_rustup; fi
  case ${TREELINE_TOOLCHAIN:-any} in
    rustup) rust_is_complete || install_by_rustup || die "rustup could not bring Rust with the $WASM target" ;;
    debian) debian_is_complete || install_from_debian || die "Debian's packages could not bring Rust with the $WASM target" ;;
    # What an earlier run brought is taken before anything is fetched.
    any) rust_is_complete || debian_is_complete || install_by_rustup || install_from_debian ||
      die "Rust with the $WASM target is missing: see https://rustup.rs" ;;
    *) die "TREELINE_TOOLCHAIN is rustup or debian, not $TREELINE_TOOLCHAIN" ;;
  esac
}

rust_is_complete() {
  have cargo && have rustc && rust_is_recent && [ -d "$(rustc --print target-libdir --target $WASM 2>/dev/null)" ] && has_std_source || return
  say "Rust: $(rustc --version) at $(command -v rustc)"
}

has_std_source() { [ -d "$(rustc --print sysroot)/lib/rustlib/src/rust/library" ]; }

rust_is_recent() {
  local needed
  needed=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$root/Cargo.toml")
  rustc --version | awk '{print $2}' | { read -r have && printf '%s\n' "$needed" "$have" | sort -CV; }
}

install_by_rustup() {
  if ! have rustup; then
    step "rustup: installing Rust into the cache" fetch_rustup || return
    use_own_rustup
  fi
  rust_is_recent || step "rustup: a newer Rust" limited 600 rustup update stable --no-self-update || return
  [ -d "$(rustc --print target-libdir --target $WASM)" ] || step "rustup: the $WASM target" limited 300 rustup target add $WASM || return
  has_std_source || step "rustup: the source of the standard library" limited 300 rustup component add rust-src || return
  rust_is_complete
}

fetch_rustup() {
  local installer
  installer=$(mktemp)
  curl --proto '=https' --tlsv1.2 -sSf --connect-timeout 10 --max-time 60 -o "$installer" https://sh.rustup.rs &&
    RUSTUP_HOME=$cache/rustup CARGO_HOME=$cache/cargo limited 900 sh "$installer" -y --no-modify-path --profile minimal -t $WASM -c rust-src
}

use_own_rustup() {
  export RUSTUP_HOME=$cache/rustup PATH=$cache/cargo/bin:$PATH
}

# The script has a standard library of its own, made from its source with everything else: in that one a panic is a trap and nothing more. Its message, with
# all that writes it, is a tenth of the script, and guard.js knows what to do of a trap. The compiler takes such options on trial only. LLVM is not to compute anything
# early on some paths so that it need not on others (PRE): what it adds for that is a hundredth of the script.
use_std_of_script() {
  export RUSTC_BOOTSTRAP=1 CARGO_UNSTABLE_BUILD_STD=std CARGO_UNSTABLE_BUILD_STD_FEATURES=optimize_for_size
  export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none -Zfmt-debug=none -Cllvm-args=-enable-pre=false -Cllvm-args=-enable-load-pre=false"
}
