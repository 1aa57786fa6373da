#!/usr/bin/env bash
# measure.sh [ROUNDS]: what ADR 2 quotes. Run `mvn -DskipTests package` before.
#
# Takes a plain Vert.x WebSocket server and the gateway's /echo in turn, with the same JVM flags:
#   heap     bytes of live objects (after a full collection) for each of 10,000 idle connections
#   other    resident memory outside of the heap for each of them, in the same run
#   echo     CPU time of the server for each echo of 64 bytes, 200 connections, one in flight each
set -euo pipefail
cd "$(dirname "$0")"
rounds=${1:-3}
jar=$PWD/../../../gateway/target/gateway.jar
work=$(mktemp -d)
# The heap is touched at the start, so that later growth of the process is not the heap's.
flags=(-Xms768m -Xmx768m -XX:+AlwaysPreTouch -XX:+UseG1GC -XX:-UsePerfData
  --add-opens java.base/java.lang=ALL-UNNAMED --add-opens java.base/java.nio=ALL-UNNAMED
  --add-opens java.base/sun.nio.ch=ALL-UNNAMED --add-opens java.base/jdk.internal.misc=ALL-UNNAMED
  --add-opens java.management/sun.management=ALL-UNNAMED
  --add-opens jdk.management/com.sun.management.internal=ALL-UNNAMED
  --add-exports java.base/jdk.internal.ref=ALL-UNNAMED)
connections=10000
port=18090
server=

trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
javac -d "$work" -cp "$jar" PlainEcho.java Load.java

start() {
  case $1 in
    plain) java "${flags[@]}" -cp "$jar:$work" PlainEcho $port 2 false >"$work/log" 2>&1 & ;;
    strict) java "${flags[@]}" -cp "$jar:$work" PlainEcho $port 2 true >"$work/log" 2>&1 & ;;
    ours)
      TRUNKLINE_HTTP_HOST=127.0.0.1 TRUNKLINE_HTTP_PORT=$port TRUNKLINE_EVENT_LOOPS=2 \
        TRUNKLINE_MANAGEMENT_PORT=0 TRUNKLINE_CLUSTER_PORT=18091 TRUNKLINE_CLUSTER_NAME=measure \
        TRUNKLINE_MAX_CONNECTIONS_PER_ADDRESS=20000 TRUNKLINE_DRAIN_SECONDS=0 \
        TRUNKLINE_HEARTBEAT_SECONDS=3600 \
        java "${flags[@]}" -cp "$jar" io.trunkline.gateway.GatewayMain >"$work/log" 2>&1 &
      ;;
  esac
  server=$!
  until (exec 3<>/dev/tcp/127.0.0.1/$port) 2>/dev/null; do
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

live() { jcmd "$server" GC.class_histogram | awk '/^Total/ { print $3 }'; }
resident() { awk '/^VmRSS/ { print $2 * 1024 }' "/proc/$server/status"; }

idle() {
  start "$1"
  live >/dev/null
  local heap_before rss_before heap rss
  heap_before=$(live)
  rss_before=$(resident)
  mkfifo "$work/hold"
  java -Xmx256m -cp "$work" Load idle $port $connections <"$work/hold" >"$work/connected" &
  local load=$!
  exec 4>"$work/hold"
  until grep -q connected "$work/connected"; do
    kill -0 $load || exit 1
    sleep 0.2
  done
  live >/dev/null
  heap=$(live)
  rss=$(resident)
  exec 4>&-
  wait $load
  rm "$work/hold"
  stop
  echo "$1 idle heap $(((heap - heap_before) / connections)) other $(((rss - rss_before) / connections))"
}

echo_cpu() {
  start "$1"
  echo "$1 $(java -Xmx256m -cp "$work" Load echo $port 200 "$server" 8 10)"
  stop
}

for ((round = 0; round < rounds; round++)); do
  for which in plain strict ours; do idle $which; done
  for which in plain ours; do echo_cpu $which; done
done
