#!/usr/bin/env bash
# Brings what building and testing need, then runs a command with it:  scripts/toolchain.sh [--tests] COMMAND...
# Sourced, it does the same for the script that sources it. What it downloads lies in the cache below or in node_modules, so
# that a second run and a second clone find it.
#   TREELINE_CACHE      where (default: ~/.cache/treeline)
#   TREELINE_TOOLCHAIN  rustup or debian: one way to get Rust and no other (default: rustup, then Debian's packages)
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${TREELINE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/treeline}
for part in say node rust debian tools python tests; do
  # shellcheck source=/dev/null
  . "$root/scripts/toolchain/$part.sh"
done

# A command run by a command that has been through here finds its environment ready.
prepare() {
  [ "${TREELINE_READY:-}" = tests ] || [ "${TREELINE_READY:-}" = "$1" ] && return
  mkdir -p "$cache"
  # Two clones that are set up at once would install into one cache.
  if have flock; then exec 9>"$cache/lock" && flock 9; fi
  use_node
  use_npm_packages
  use_c_compiler
  use_rust
  use_worker_build
  if [ "$1" = tests ]; then use_test_tools; fi
  if have flock; then exec 9>&-; fi
  export TREELINE_READY=$1
}

if [ "${BASH_SOURCE[0]}" != "$0" ]; then
  prepare build
elif [ "${1:-}" = --tests ]; then
  prepare tests
  shift
  exec "$@"
else
  prepare build
  exec "$@"
fi
