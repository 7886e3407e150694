# What only the tests need: rustfmt, clippy, a browser and two providers in Python.

use_test_tools() {
  use_lints
  use_chromium
  use_python_providers
}

use_lints() {
  if [ -n "${SYSROOT:-}" ]; then
    # Another toolchain's would answer too, and not understand what this compiler left in target/.
    [ -x /usr/bin/cargo-fmt ] && [ -x /usr/bin/cargo-clippy ] || apt_install rustfmt-web rust-web-clippy
  else
    cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 ||
      { have rustup && step "rustup: rustfmt and clippy" limited 300 rustup component add rustfmt clippy; }
  fi || die "rustfmt and clippy are missing: install them for $(rustc --version)"
}

use_chromium() {
  local name
  for name in chromium chromium-browser google-chrome; do
    if have $name; then
      CHROMIUM=$(command -v $name)
      export CHROMIUM
      return
    fi
  done
  apt_install chromium || die "a browser is missing: install Chromium so that \`chromium\` is in PATH"
  CHROMIUM=$(command -v chromium)
  export CHROMIUM
}
