# What the scripts share; to be sourced. Everything is relative to the checkout.
# shellcheck shell=bash
set -eu
ROOT=$(cd "$(dirname "$0")/.." && pwd)
export LC_ALL=C.UTF-8
# What is installed here comes from Debian, and is found before another one of its name.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH

say() { printf '%s\n' "$*" >&2; }
die() { say "$(basename "$0"): $*"; exit 1; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# Whether a mail server of another package is there: installing ours would take it away.
has_other_mail_server() {
    dpkg-query -W -f '${db:Status-Status} ${Package} ${Provides}\n' 2>/dev/null |
        grep -v ' postfix ' | grep -q '^installed .*mail-transport-agent'
}

# Installs what scripts/packages.txt names and is missing. No server is started or made by it: a
# policy for just this while says so, and is taken away again however this ends.
install_packages() {
    local missing='' name
    while read -r name; do
        dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed || missing="$missing $name"
    done < <(grep -v '^#' "$ROOT/scripts/packages.txt")
    case "$missing " in
    *' postfix '*) if has_other_mail_server; then missing=${missing/ postfix/}; fi ;;
    esac
    [ -n "$missing" ] || return 0
    say "installing:$missing"
    (
        policy=/usr/sbin/policy-rc.d mark='# made by tranched while it installs packages'
        made=''
        trap '[ -z "$made" ] || as_root rm -f "$policy"' EXIT
        trap 'exit 130' INT
        trap 'exit 143' TERM HUP
        if [ ! -e "$policy" ] || grep -qxF "$mark" "$policy"; then
            made=yes
            printf '#!/bin/sh\n%s\nexit 101\n' "$mark" | as_root tee "$policy" >/dev/null
            as_root chmod 755 "$policy"
        fi
        if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
            as_root mkdir -p /etc/postgresql-common
            echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
        fi
        case "$missing " in # without a configuration it is never started by the system
        *' postfix '*) echo 'postfix postfix/main_mailer_type select No configuration' | as_root debconf-set-selections || exit 1 ;;
        esac
        as_root apt-get -qq update
        # shellcheck disable=SC2086
        as_root env DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1 \
            apt-get -qq -y --no-install-recommends -o Dpkg::Options::=--force-confold install $missing >/dev/null
    ) || die "apt could not install:$missing"
}

# Builds into BUILD (default build) with meson's options "$@".
build_into() {
    local dir=$1
    shift
    if [ "$(cat "$dir/.options" 2>/dev/null)" != "$*" ] || [ ! -f "$dir/build.ninja" ]; then
        rm -rf "$dir" # made with other options: they would never reach it
        meson setup "$dir" "$ROOT" "$@" >"$ROOT/.meson.log" 2>&1 || { cat "$ROOT/.meson.log" >&2; die "meson failed"; }
        rm -f "$ROOT/.meson.log"
        echo "$*" >"$dir/.options"
    fi
    say "building ($(basename "$dir"))"
    ninja -C "$dir" >"$dir/ninja.log" 2>&1 || { grep -E 'error|warning|FAILED' "$dir/ninja.log" >&2 || tail -20 "$dir/ninja.log" >&2; die "the build failed: $dir/ninja.log"; }
}
