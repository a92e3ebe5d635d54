#!/bin/sh
# Versions of Clearway side by side in one folder, without internet.
#
#   install.sh install DIR             puts this bundle's version into DIR beside the others; nothing that runs changes
#   install.sh upgrade DIR [ENV]       installs it, brings the database up to it and makes it DIR/current
#   clearway-versions rollback DIR [ENV] [VERSION]    makes the version before the last upgrade DIR/current again
#   clearway-versions list DIR         which versions are there
#   clearway-versions remove DIR VERSION
#
# install.sh lies in the bundle; every installed version has the same script as bin/clearway-versions.
# ENV is a file of CLEARWAY_* settings, as for systemd's EnvironmentFile; without it those of the environment count.
# Services run DIR/current/bin/clearway: they change when they are restarted.
set -eu
umask 022
here=$(cd "$(dirname "$0")" && pwd -P)
python=${PYTHON:-python3}
wanted=3.11

say() { printf '%s\n' "$*"; }
fail() {
    printf 'clearway: %s\n' "$*" >&2
    exit 1
}

take_folder() { # take_folder DIR: the folder, absolute and ours alone until we end
    [ -n "${1:-}" ] || fail "which folder? such as $0 install /opt/clearway"
    mkdir -p "$1/versions"
    dir=$(cd "$1" && pwd -P)
    exec 9>"$dir/.lock"
    flock -n 9 || fail "another installation is under way in $dir"
}

at() { # at LINK: the version it leads to; nothing when there is none
    [ ! -L "$dir/$1" ] || basename "$(readlink "$dir/$1")"
}

is_installed() { [ -e "$dir/versions/$1/.complete" ]; }

lead() { # lead LINK VERSION: in one step, so that there is never a moment without
    ln -sfn "versions/$2" "$dir/.$1.new"
    mv -T "$dir/.$1.new" "$dir/$1"
}

read_settings() { # read_settings FILE: each line NAME=value, as systemd reads them; nothing in it is run
    [ -r "$1" ] || fail "cannot read $1"
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in
        CLEARWAY_*=*)
            value=${line#*=}
            case $value in
            \"*\") value=${value#\"} value=${value%\"} ;;
            \'*\') value=${value#\'} value=${value%\'} ;;
            esac
            export "${line%%=*}=$value"
            ;;
        esac
    done <"$1"
}

find_pip() { # find_pip FOLDER: a pip to install with, which itself is not installed
    if "$python" -m venv "$1" >/dev/null 2>&1; then
        pip="$1/bin/python"
    elif "$python" -m pip --version >/dev/null 2>&1; then
        pip=$python
    else
        fail "$python has neither venv nor pip; on Debian: apt-get install python3-venv"
    fi
}

install() { # install: this bundle's version, complete or not at all
    [ -r "$here/SHA256SUMS" ] || fail "$here is no bundle; unpack one and run its install.sh"
    version=$(cat "$here/VERSION")
    if is_installed "$version"; then
        say "$version is installed"
        return
    fi
    (cd "$here" && sha256sum --quiet --strict --check SHA256SUMS) || fail "the bundle is damaged: copy it again"
    has=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])') || fail "there is no $python"
    [ "$has" = $wanted ] || fail "this bundle is for Python $wanted, $python is $has: name another, PYTHON=python$wanted"
    [ "$(uname -m)" = x86_64 ] || fail "this bundle is for amd64, this machine is $(uname -m)"
    say "installing $version ..."
    target=$dir/versions/$version
    rm -rf "$target"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    find_pip "$work/pip"
    "$python" -m venv --without-pip "$target"
    "$pip" -m pip --isolated --python "$target/bin/python" install --quiet --disable-pip-version-check --no-cache-dir \
        --no-index --find-links "$here/wheels" --no-deps --require-hashes --requirement "$here/requirements.txt"
    "$target/bin/clearway" settings >/dev/null || fail "$version does not start on this machine"
    cp "$here/sbom.cdx.json" "$target/"
    cp "$0" "$target/bin/clearway-versions"
    chmod 755 "$target/bin/clearway-versions"
    : >"$target/.complete"
    sync -f "$target"
    [ -n "$(at current)" ] || lead current "$version"
}

upgrade() { # upgrade: the database first, then the link; a failure leaves both as they are or the database ahead
    install
    clearway=$dir/versions/$version/bin/clearway
    before=$(at current)
    missing=$("$clearway" migrate --check) || fail "$version cannot run on this database; nothing was changed"
    [ -z "$missing" ] || say "migrating:"
    "$clearway" migrate || fail "the database took only a part; $before goes on running on it: mend it, upgrade again"
    if [ "$before" != "$version" ]; then
        lead previous "$before"
        lead current "$version"
    fi
    say "current is $version; restart web and workers, one after the other"
}

rollback() { # rollback [VERSION]: the link only; migrations are never undone
    before=$(at current)
    target=${1:-$(at previous)}
    [ -n "$target" ] || fail "there was no upgrade that could be taken back; name a version"
    is_installed "$target" || fail "$target is not installed"
    [ "$target" != "$before" ] || fail "$target is current"
    status=0
    "$dir/versions/$target/bin/clearway" migrate --check >/dev/null 2>"$dir/.refusal" || status=$?
    if [ $status -eq 3 ]; then
        # A schema stays good for the version before it, not for older ones.
        [ "$target" = "$(at previous)" ] || fail "the database is newer than $target, and $target is not the version before"
        say "the database keeps its newer schema, on which $target runs as it did during the upgrade"
    elif [ $status -ne 0 ]; then
        cat "$dir/.refusal" >&2
        fail "$target cannot run on this database; nothing was changed"
    fi
    lead current "$target"
    rm -f "$dir/previous" "$dir/.refusal"
    say "current is $target, no longer $before; restart web and workers, one after the other"
}

list() {
    for folder in "$dir"/versions/*/; do
        name=$(basename "$folder")
        is_installed "$name" || continue
        mark=
        [ "$name" != "$(at current)" ] || mark=" current"
        [ "$name" != "$(at previous)" ] || mark=" previous"
        say "$name$mark"
    done
}

remove() { # remove VERSION
    is_installed "${1:?which version}" || fail "$1 is not installed"
    [ "$1" != "$(at current)" ] || fail "$1 is current"
    [ "$1" != "$(at previous)" ] || rm -f "$dir/previous"
    rm -f "$dir/versions/$1/.complete"
    rm -rf "${dir:?}/versions/$1"
}

command=${1:-}
case $command in
install | upgrade | rollback | list | remove) take_folder "${2:-}" ;;
*)
    sed -n '2,12s/^# \{0,1\}//p' "$0"
    exit 2
    ;;
esac
shift 2
case $command in upgrade | rollback)
    if [ -f "${1:-}" ]; then
        read_settings "$1"
        shift
    fi
    ;;
esac
"$command" "$@"
