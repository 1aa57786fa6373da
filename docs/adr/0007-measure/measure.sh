#!/usr/bin/env bash
# measure.sh: what ADR 7 quotes. Run `mvn -DskipTests package` before.
set -euo pipefail
cd "$(dirname "$0")"
java DeflateCost.java

jar=$PWD/../../../gateway/target/gateway.jar
plain=$PWD/../0002-measure/PlainEcho.java
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
sed 's/Supported(false)/Supported(true)/' "$plain" >"$work/PlainEcho.java"
javac -d "$work" -cp "$jar" "$work/PlainEcho.java"
# A heap that is touched at the start, so that what grows is not the heap.
flags=(-Xms768m -Xmx768m -XX:+AlwaysPreTouch -XX:+UseG1GC)

start() {
  "$@" >"$work/log" 2>&1 &
  server=$!
  until (exec 3<>/dev/tcp/127.0.0.1/18090) 2>/dev/null; do
    kill -0 "$server" || { cat "$work/log" >&2; exit 1; }
    sleep 0.2
  done
  sleep 3
}

stop() {
  kill "$server"
  wait "$server" || true
  server=
}

for how in plain compressed; do
  echo "the gateway"
  start env TRUNKLINE_HTTP_HOST=127.0.0.1 TRUNKLINE_HTTP_PORT=18090 TRUNKLINE_EVENT_LOOPS=2 \
    TRUNKLINE_MANAGEMENT_PORT=0 TRUNKLINE_CLUSTER_PORT=18091 TRUNKLINE_CLUSTER_NAME=measure \
    TRUNKLINE_COMPRESSION=true TRUNKLINE_MAX_CONNECTIONS_PER_ADDRESS=20000 \
    TRUNKLINE_DRAIN_SECONDS=0 java "${flags[@]}" -cp "$jar" io.trunkline.gateway.GatewayMain
  java Memory.java 18090 "$server" 1000 "$how"
  stop
  echo "plain Vert.x, compression on"
  start java "${flags[@]}" -cp "$jar:$work" PlainEcho 18090 2 false
  java Memory.java 18090 "$server" 1000 "$how"
  stop
done
