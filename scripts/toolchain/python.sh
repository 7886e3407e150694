# The Python providers that session dumps are exchanged with, each in an environment of its own: they disagree on their libraries.

# Without them only the tests that need them fail.
use_python_providers() {
  python_provider oidcop && python_provider idpyoidc || say "oidcop and idpyoidc are missing: tests/worker/interchange*.test.mjs will fail"
  export OIDCOP_PYTHON IDPYOIDC_PYTHON
}

# python_provider NAME: sets NAME_PYTHON to a Python that has exactly what NAME's list says. Another list is another environment.
python_provider() {
  local name=$1 list=$root/tests/worker/interchange/$1.txt home
  home=$cache/python/$name-$(sed -n "s/^$name==//p" "$list")-$(cksum <"$list" | cut -d' ' -f1)
  # An environment dies with the Python that it was made with, so it is asked and not only looked for.
  "$home/bin/python" -I -c "import $name" 2>/dev/null || install_python_provider "$name" "$list" "$home" || return
  printf -v "$(tr a-z A-Z <<<"$name")_PYTHON" %s "$home/bin/python"
}

install_python_provider() {
  find_python || { apt_install python3 python3-venv && find_python; } ||
    { say "Python 3.10 or newer with venv and pip is missing" && return 1; }
  step "$1: installing into the cache, once" make_environment "$@"
}

find_python() {
  for python in python3 /usr/bin/python3; do
    # Debian's Python has ensurepip, which puts pip into an environment, only with python3-venv.
    "$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && return
  done
  return 1
}

# It gets its name when it is complete: one that was interrupted is never found.
make_environment() {
  local name=$1 list=$2 home=$3 new=$3.$$
  if have flock; then rm -rf "$home".*; fi
  "$python" -m venv "$new" &&
    limited 300 "$new/bin/python" -m pip install --disable-pip-version-check --retries 2 --no-deps --only-binary :all: -r "$list" &&
    "$new/bin/python" -m pip check && "$new/bin/python" -I "$root/tests/worker/interchange/walk.py" "$name" <<<'{}' &&
    rm -rf "$home" && mv "$new" "$home" && return
  rm -rf "$new"
  return 1
}
