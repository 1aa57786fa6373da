#!/usr/bin/env bash
# Checks the files below deploy/ that other programs read, without a cluster and without an engine:
# the Kubernetes manifests and the compose file against their schemas, what they say of each other,
# and, where the programs are installed, what promtool, haproxy, kubectl and shellcheck say.
# Exit code 0: all is well. Needs python3 with venv; fetches two packages of Python the first time.
#
#   VENV  a directory for those packages, else one in target/
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
venv=${VENV:-$PWD/../target/validate}

if [ ! -x "$venv/bin/kubernetes-validate" ] || [ ! -x "$venv/bin/check-jsonschema" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q --disable-pip-version-check \
    kubernetes-validate==1.37.0 check-jsonschema==0.39.0
fi

failures=0

# check NAME COMMAND...: prints one line, and what the command said if it failed.
check() {
  local name=$1 said
  shift
  if said=$("$@" 2>&1); then
    echo "ok      $name"
  else
    echo "FAILED  $name"
    echo "${said//$'\n'/$'\n'        }"
    failures=$((failures + 1))
  fi
}

# The same for a command whose program may not be there; the command is the name.
check_with() {
  if command -v "$1" >/dev/null; then check "$*" "$@"; else echo "skipped $*: not installed"; fi
}

manifests=(kubernetes/{namespace,cluster,gateway,session-service,network-policies}.yaml)
check "manifests, Kubernetes' schema" \
  "$venv/bin/kubernetes-validate" --strict --quiet -k 1.34 "${manifests[@]}"
check "compose files, their schema" \
  "$venv/bin/check-jsonschema" --builtin-schema vendor.compose-spec compose.yaml try/override.yaml
check "what the files say of each other" "$venv/bin/python" validate.py
for script in *.sh docker/{health,train,train-with-postgres} try/stand-ins/postgres-entrypoint; do
  check "$script, bash's syntax" bash -n "$script"
done
check_with shellcheck -s bash -- *.sh docker/{health,train,train-with-postgres}
check_with promtool check config prometheus/prometheus.yml
check_with promtool test rules prometheus/alerts_test.yml
check_with haproxy -c -f haproxy/haproxy.cfg
if command -v kubectl >/dev/null; then
  rendered=$(mktemp)
  trap 'rm -f "$rendered"' EXIT
  check "kubectl kustomize kubernetes" kubectl kustomize kubernetes -o "$rendered"
  check "what that renders, Kubernetes' schema" \
    "$venv/bin/kubernetes-validate" --strict --quiet -k 1.34 "$rendered"
else
  echo "skipped kubectl kustomize kubernetes: not installed"
fi

if [ "$failures" -gt 0 ]; then
  echo "$failures failed"
  exit 1
fi
