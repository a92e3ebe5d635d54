#!/bin/sh
# Makes the secrets of compose.yaml in the folder secrets/ beside it: random, once, never over what is there.
set -eu
umask 077
cd "$(dirname "$0")/.."
mkdir -p secrets

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

keep() { # keep NAME VALUE
    [ -e "secrets/$1" ] || printf '%s' "$2" >"secrets/$1"
    # The folder is ours alone; the file itself is mounted into containers whose users are others.
    chmod 444 "secrets/$1"
}

keep database_password "$(random)"
keep database_url "postgresql://clearway:$(cat secrets/database_password)@database:5432/clearway"
keep s3_access_key "$(random)"
keep s3_secret_key "$(random)"
printf 'secrets/ holds %s\n' "$(ls secrets | tr '\n' ' ')"
