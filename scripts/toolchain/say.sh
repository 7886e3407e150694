# Progress on stderr, and commands under a time limit.

have() { command -v "$1" >/dev/null 2>&1; }
say() { printf '[%3ds] %s\n' "$SECONDS" "$*" >&2; }
die() {
  say "$*"
  exit 1
}

# limited SECONDS COMMAND...: a download that hangs is a download that failed.
limited() {
  if have timeout; then timeout "$@"; else shift && "$@"; fi
}

# step WHAT COMMAND...: says what it does, says every 20 s that it still does, and shows the output only of a failure.
step() {
  local what=$1 log child said=$SECONDS
  shift
  log=$(mktemp)
  say "$what"
  "$@" >"$log" 2>&1 </dev/null 9>&- &
  child=$!
  while kill -0 "$child" 2>/dev/null; do
    sleep 0.2
    if ((SECONDS - said >= 20)); then
      said=$SECONDS
      say "  still at it: $(tail -n 1 "$log" | tr -d '\r' | cut -c1-100)"
    fi
  done
  if wait "$child"; then
    rm -f "$log"
  else
    say "  failed:"
    tail -n 30 "$log" >&2
    rm -f "$log"
    return 1
  fi
}

apt_install() {
  have apt-get || return
  local sudo=()
  [ "$(id -u)" = 0 ] || sudo=(sudo)
  step "apt-get update" limited 300 "${sudo[@]}" apt-get update || return
  step "apt-get install $*" limited 900 "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}
