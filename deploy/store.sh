#!/bin/sh
# The object store of compose.yaml: one Ceph monitor, one storage daemon and the S3 gateway in one container, from
# Debian's packages. It keeps one copy, on one disk: for one machine and for trying out. Anything larger has a store of
# its own, and its address in CLEARWAY_S3_ENDPOINT.
#
#   STORE_DIR     where everything lies (default /var/lib/store)
#   STORE_BYTES   the most that it holds (default 100 GiB); the file grows as it is written
#   STORE_PORT    of the gateway (default 9000)
#   STORE_ACCESS_KEY_FILE, STORE_SECRET_KEY_FILE, STORE_BUCKET
set -eu
dir=${STORE_DIR:-/var/lib/store}
port=${STORE_PORT:-9000}
configuration=$dir/ceph.conf
mkdir -p "$dir/mon" "$dir/osd" "$dir/rgw"

ceph_() {
    program=$1
    shift
    "$program" -c "$configuration" "$@"
}

await() { # await COMMAND...: until it succeeds, a minute and a half at most
    tries=0
    until "$@" >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ $tries -lt 300 ] || { echo "store: $* does not succeed" >&2; exit 1; }
        kill -0 $pids 2>/dev/null || { echo "store: a daemon has ended" >&2; exit 1; }
        sleep .3
    done
}

osd_is_up() { ceph_ ceph --connect-timeout 3 osd stat | grep -q '1 up'; }

make_bucket() {
    # The secret goes in by standard input: arguments are visible to everybody in the container.
    printf 'user = "%s:%s"\n' "$(cat "$STORE_ACCESS_KEY_FILE")" "$(cat "$STORE_SECRET_KEY_FILE")" |
        curl -sf --max-time 5 -o /dev/null --config - --aws-sigv4 aws:amz:us-east-1:s3 \
            --request PUT "http://127.0.0.1:$port/${STORE_BUCKET:-clearway}"
}

if [ ! -e "$dir/complete" ]; then
    rm -rf "$dir"/mon/* "$dir"/osd/* "$dir"/rgw/* "$dir"/keyring
    cat >"$configuration" <<C
[global]
fsid = $(cat /proc/sys/kernel/random/uuid)
keyring = $dir/keyring
mon_initial_members = a
mon_host = [v2:127.0.0.1:$((port + 1)),v1:127.0.0.1:$((port + 2))]
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_ipv6 = false
auth_allow_insecure_global_id_reclaim = false
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
osd_pool_default_pg_autoscale_mode = off
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 500
mon_data_avail_warn = 5
mon_data_avail_crit = 2
osd_crush_chooseleaf_type = 0
osd_objectstore = bluestore
bluestore_block_size = ${STORE_BYTES:-107374182400}
osd_memory_target = 1073741824
run_dir = $dir
admin_socket = /tmp/\$cluster-\$name.asok
pid_file =
log_to_stderr = true
err_to_stderr = true
log_file = /dev/null
debug_rgw = 0
mon_data = $dir/mon
osd_data = $dir/osd
rgw_data = $dir/rgw
[osd]
keyring = $dir/osd/keyring
[client.rgw.a]
rgw_frontends = beast endpoint=0.0.0.0:$port
rgw_enable_usage_log = false
C
    all='allow *'
    ceph-authtool --create-keyring "$dir/keyring" --gen-key -n mon. --cap mon "$all" >/dev/null
    ceph-authtool "$dir/keyring" --gen-key -n client.admin --cap mon "$all" --cap osd "$all" --cap mgr "$all" >/dev/null
    ceph-authtool "$dir/keyring" --gen-key -n client.rgw.a --cap mon 'allow rwx' --cap osd 'allow rwx' >/dev/null
    fsid=$(sed -n 's/^fsid = //p' "$configuration")
    monmaptool --create --clobber --addv a "[v2:127.0.0.1:$((port + 1)),v1:127.0.0.1:$((port + 2))]" --fsid "$fsid" \
        "$dir/monmap" >/dev/null
    ceph_ ceph-mon --mkfs -i a --monmap "$dir/monmap" --keyring "$dir/keyring"
fi

ceph_ ceph-mon -i a -f &
pids=$!
trap 'kill $pids 2>/dev/null; wait; exit 0' TERM INT
await ceph_ ceph --connect-timeout 3 mon stat
if [ ! -e "$dir/complete" ]; then
    osd=$(cat /proc/sys/kernel/random/uuid)
    key=$(ceph-authtool --gen-print-key)
    echo "{\"cephx_secret\":\"$key\"}" | ceph_ ceph osd new "$osd" -i - >/dev/null
    ceph-authtool --create-keyring "$dir/osd/keyring" -n osd.0 --add-key "$key" >/dev/null
    ceph_ ceph-osd -i 0 --mkfs --osd-uuid "$osd"
fi
ceph_ ceph-osd -i 0 -f &
pids="$! $pids"
await osd_is_up
ceph_ radosgw -n client.rgw.a -f &
pids="$! $pids"
if [ ! -e "$dir/complete" ]; then
    ceph_ radosgw-admin user create --uid=clearway --display-name=clearway \
        --access-key="$(cat "$STORE_ACCESS_KEY_FILE")" --secret-key="$(cat "$STORE_SECRET_KEY_FILE")" >/dev/null
    await make_bucket
    : >"$dir/complete"
fi
await curl -sf --max-time 3 -o /dev/null "http://127.0.0.1:$port/"
echo "store: S3 at port $port"
wait
