#!/bin/sh
# The steps of the image, run by the Dockerfile, and by the tests in a root folder without a container engine.
#
#   image.sh tools     what building needs (first stage)
#   image.sh build     the bundle, and Clearway out of it in /opt/clearway, as on a server without internet (first stage)
#   image.sh system    what running needs, and the user (last stage)
set -eu
umask 022
user=10001

packages() {
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "$@" >/dev/null
    apt-get clean
    rm -rf /var/lib/apt/lists/* /var/cache/debconf/*-old /var/log/*.log /var/log/apt
}

case ${1:-} in
tools)
    packages ca-certificates make python3 python3-venv
    ;;
build)
    source=$(cd "$(dirname "$0")/.." && pwd -P)
    made=$(mktemp -d)
    make -C "$source" bundle
    tar -xzf "$source"/dist/clearway-*-linux-amd64.tar.gz -C "$made" --strip-components=1
    "$made/install.sh" install /opt/clearway
    ;;
system)
    packages ca-certificates python3 tzdata
    useradd --system --uid $user --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin clearway
    install -d -o $user -g $user -m 0750 /var/lib/clearway
    # Nobody in here needs to become anybody else.
    find / -xdev -type f -perm /6000 -exec chmod a-s {} +
    ;;
*)
    sed -n '2,6s/^# \{0,1\}//p' "$0"
    exit 2
    ;;
esac
