# Node for wrangler and the tests, and the packages of package-lock.json.

NODE_VERSION=22.23.3 # when the machine's own is older than wrangler asks for

node_is_recent() {
  "$1" -e 'const [a, b] = process.versions.node.split("."); process.exit(+a > 22 || (+a === 22 && +b >= 12) ? 0 : 1)' 2>/dev/null
}

use_node() {
  have npm || die "npm is missing: install Node.js 22.12 or newer"
  node_is_recent node && return
  local bin=$cache/node/node_modules/.bin
  if ! node_is_recent "$bin/node"; then
    mkdir -p "$cache/node"
    step "Node $(node -v) is too old for wrangler: fetching $NODE_VERSION into the cache" limited 600 \
      npm install --prefix "$cache/node" --no-save --no-package-lock --no-audit --no-fund "node@$NODE_VERSION" ||
      die "install Node.js 22.12 or newer"
    node_is_recent "$bin/node" || die "Node.js 22.12 or newer is needed; the one from npm does not run here"
  fi
  export PATH=$bin:$PATH
}

use_npm_packages() {
  local installed=$root/node_modules/.treeline-lock.json
  cmp -s "$root/package-lock.json" "$installed" && return
  step "npm ci" limited 900 npm ci --prefix "$root" --no-audit --no-fund || die "npm ci failed"
  cp "$root/package-lock.json" "$installed"
}
