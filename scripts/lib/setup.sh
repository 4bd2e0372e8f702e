# Sourced by scripts/demo, scripts/test and the like: brings a fresh Debian or Ubuntu machine to where the checkout
# runs. Host programs come through apt when they are missing and it may; Node 24 goes into the checkout (.node/) when
# the machine's own is older; npm packages come from the lock file. A second run finds everything and does nothing.
#
#   setup ffmpeg rtsp mosquitto     what is needed beside Node; unknown words are a mistake

node_version=24.21.0 # the newest Node 24 when this was last looked at
npm_version=11.19.1 # runs on it: an npm on an older Node leaves out optional packages that want a newer one
root=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)

say() { printf '\033[2m· %s\033[0m\n' "$*" >&2; }
stop() {
  printf '\n%s\n' "$@" >&2
  exit 3
}

# Debian's package for a thing that is missing; nothing when it is there.
missing() {
  case $1 in
  ffmpeg) command -v ffmpeg >/dev/null || echo ffmpeg ;;
  rtsp)
    /usr/bin/python3 -c '
import gi
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gst, GstRtspServer
Gst.init(None)
raise SystemExit(0 if all(Gst.ElementFactory.find(e) for e in ("qtdemux", "rtph264pay", "h264parse", "h265parse")) else 1)
' 2>/dev/null || echo python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-good gstreamer1.0-plugins-bad
    ;;
  mosquitto) PATH=$PATH:/usr/sbin command -v mosquitto >/dev/null || echo mosquitto ;;
  nats) PATH=$PATH:/usr/sbin command -v nats-server >/dev/null || echo nats-server ;;
  rabbitmq) [ -e /usr/lib/rabbitmq/bin/rabbitmq-server ] || echo rabbitmq-server ;;
  debootstrap) command -v debootstrap >/dev/null || echo debootstrap ;;
  nspawn) command -v systemd-nspawn >/dev/null || echo systemd-container ;;
  strip)
    command -v x86_64-linux-gnu-strip >/dev/null || command -v llvm-strip >/dev/null || echo binutils-x86-64-linux-gnu
    command -v aarch64-linux-gnu-strip >/dev/null || command -v llvm-strip >/dev/null || echo binutils-aarch64-linux-gnu
    ;;
  qemu-arm64)
    command -v qemu-aarch64-static >/dev/null || echo qemu-user-static
    [ -e /usr/aarch64-linux-gnu/lib/libstdc++.so.6 ] || [ "$(uname -m)" = aarch64 ] || echo libstdc++6-arm64-cross
    ;;
  strace) command -v strace >/dev/null || echo strace ;;
  prometheus) command -v promtool >/dev/null || echo prometheus ;;
  openssl) command -v openssl >/dev/null || echo openssl ;;
  # Ubuntu has it as a snap only, which does not run everywhere: there the tests of pages are left out, and say so
  chromium) command -v chromium chromium-browser google-chrome >/dev/null || (. /etc/os-release && [ "$ID" = debian ] && echo chromium) || true ;;
  npm) command -v npm >/dev/null || echo npm ;;
  *) stop "setup: does not know '$1'" ;;
  esac
}

# Installs Debian packages, as root or through sudo; says what is needed when it may not.
apt_install() {
  local as=()
  command -v apt-get >/dev/null || stop "This machine has no apt-get. Please install what these Debian packages hold, then run again:" "  $*"
  if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
      stop "Some programs are missing and there is no sudo. As root, please run:" "  apt-get install --no-install-recommends $*" "then run this again."
    fi
    if [ ! -t 0 ] && ! sudo -n true 2>/dev/null; then
      stop "Some programs are missing and sudo wants a password. Please run:" "  sudo apt-get install --no-install-recommends $*" "then run this again."
    fi
    as=(sudo)
  fi
  local broker absent=()
  for broker in mosquitto nats rabbitmq prometheus; do
    [ -n "$(missing $broker)" ] && absent+=("$broker")
  done
  say "installing from Debian: $*"
  if ! { "${as[@]}" apt-get -qq update &&
    "${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -q install --no-install-recommends "$@"; } > >(progress) 2>&1; then
    stop "apt-get could not install: $*" "Its own words are above. Please install them by hand, then run again."
  fi
  # The packages start a broker of their own at once; the tests start theirs, and nothing is to stay behind.
  for broker in "${absent[@]}"; do
    [ -d /run/systemd/system ] && [ -z "$(missing "$broker")" ] || continue
    case $broker in
    mosquitto | prometheus) broker=$broker.service ;;
    *) broker=$broker-server.service ;;
    esac
    "${as[@]}" systemctl disable --now --quiet "$broker" || say "$broker could not be disabled: it listens on this machine"
  done
}

# One line that moves on a terminal, every twentieth line elsewhere; errors always.
progress() {
  local line count=0
  while IFS= read -r line; do
    count=$((count + 1))
    case $line in
    E:* | *"error:"*) printf '%s\n' "$line" >&2 ;;
    *) if [ -t 2 ]; then printf '\r\033[K  %.76s' "$line" >&2; elif [ $((count % 20)) = 0 ]; then printf '  %.76s\n' "$line" >&2; fi ;;
    esac
  done
  [ -t 2 ] && printf '\r\033[K' >&2
}

setup_node() {
  if [ "$(node -p 'process.versions.node.split(".")[0] >= 24' 2>/dev/null)" != true ]; then
    local cpu
    case $(uname -m) in
    x86_64) cpu=x64 ;;
    aarch64) cpu=arm64 ;;
    *) stop "Node 24 is needed and the machine's is older or missing; none is published for $(uname -m). Please install Node 24." ;;
    esac
    local dir=$root/.node/node_modules/node-linux-$cpu
    if [ "$("$dir/bin/node" --version 2>/dev/null)" != "v$node_version" ] || [ ! -e "$root/.node/node_modules/.bin/npm" ]; then
      say "this machine's Node is $(node --version 2>/dev/null || echo missing): getting Node $node_version into the checkout"
      mkdir -p "$root/.node"
      npm install --loglevel=error --no-audit --no-fund --no-save --ignore-scripts --prefix "$root/.node" "node-linux-$cpu@$node_version" "npm@$npm_version" ||
        stop "Node $node_version could not be had from the npm registry. Is the registry reachable from here (npm ping)?"
    fi
    PATH=$dir/bin:$root/.node/node_modules/.bin:$PATH
  fi
}

# npm's packages, when the lock file is not the one they were installed from.
setup_packages() {
  local want
  want=$(sha256sum <"$root/package-lock.json")
  if [ "$(cat "$root/node_modules/.installed-from" 2>/dev/null)" != "$want" ]; then
    say "npm ci: packages of the lock file (about 450 MB on disk; a minute or two)"
    (cd "$root" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) ||
      stop "npm ci failed; its own words are above."
    # tap writes down which plugins it has; ours leaves its TypeScript plugin out (Node strips types itself)
    (cd "$root" && npx --no-install tap build >/dev/null 2>&1) || stop "tap build failed: run 'npx tap build' to see why."
    echo "$want" >"$root/node_modules/.installed-from"
  fi
}

setup() {
  local packages=() thing
  for thing in npm "$@"; do
    # shellcheck disable=SC2207
    packages+=($(missing "$thing"))
  done
  [ ${#packages[@]} = 0 ] || apt_install "${packages[@]}"
  setup_node
  setup_packages
  export PATH
}
