#!/usr/bin/env bash
# Makes the secrets that deploy/compose.yaml wants, those that are not there yet, in the directory
# SECRETS_DIR, else deploy/secrets.
#
# The directory is its owner's; the files can be read by all, as programs in containers have users
# of their own and see the files without the directory.
set -euo pipefail
directory=${SECRETS_DIR:-$(dirname "${BASH_SOURCE[0]}")/secrets}
mkdir -p "$directory"
chmod 700 "$directory"
cd "$directory"

random() {
  od -An -N24 -tx1 /dev/urandom | tr -d ' \n'
}

for name in api_key database_password grafana_password; do
  [ -s "$name" ] || random >"$name"
done
if [ ! -s database_url ]; then
  password=$(cat database_password)
  printf 'postgresql://trunkline:%s@postgres:5432/trunkline' "$password" >database_url
fi
chmod 444 -- *
