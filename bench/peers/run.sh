#!/bin/bash
# run.sh SCENARIO PEER [RUNS]   one line of JSON per run, also appended to results/SCENARIO.jsonl
# Scenarios: S1a S1b S2a S2b S3 S4 S5 S5x S6a S6b; peers: see peers/. Each run starts
# the peer afresh, holds $BENCH/.lock meanwhile (unless WSB_LOCKED says that the
# caller holds it), and stops what it started.
# "Where a peer lacks a scenario": exit status 3.
BENCH=$(cd "$(dirname "$0")" && pwd)
[ "$WSB_NS" ] || WSB_NS=1 exec setsid -w "$BENCH/netns.sh" "$0" "$@"
# With sched_autogroup, nice counts only inside a session: raise this whole session.
echo ${NICE:--15} >/proc/self/autogroup 2>/dev/null
. "$BENCH/lib.sh"
cd "$BENCH" || exit 1
S=$1 P=$2 RUNS=${3:-1}
[ "$P" ] || { sed -n 2,5p "$0"; exit 2; }
[ wsload -nt wsload.c ] || gcc -O2 -Wall -Wextra -o wsload wsload.c || exit 1
mkdir -p results
lacks() { echo "$P lacks $S: $1" >&2; exit 3; }
W=${WARMUP:-8} D=${DURATION:-10}
case $S in S3|S4|S6*) W=${WARMUP:-15} ;; esac # slow rates: a JIT needs longer
ENV=() A=() PEER=${P%%+*}   # peer+variant, e.g. gorilla+pool0
case $P in
  gorilla+pool0) ENV+=(POOL=0) ;;
  vertx+jdk17) ENV+=(JAVA=${JAVA17:-java}) ;;
  vertx+unsafe) ENV+=("JVM_OPTS=-Xms256m -Xmx2g --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -Dio.netty.noUnsafe=false") ;;
  bridge+cluster) ENV+=(NODES=2) ;;
  trunkline+cluster) ENV+=(NODES=2) ;;
esac

# --- what each peer's protocol looks like: how to log in, subscribe, wrap a body
# E_SEND/E_MATCH echo, SUB subscribe options, PUB publisher options, F_SEND/F_MATCH
# fan-out, M_* private messages. The envelope's length is added to --size.
CB='[{"channel":"/meta/handshake","version":"1.0","supportedConnectionTypes":["websocket"],"id":"1"}]'
CC='[{"channel":"/meta/connect","clientId":"%c","connectionType":"websocket","id":"2"}]'
CHELLO=(--path /cometd --hello "$CB" --hello-expect '"clientId"' --hello-capture '"clientId":"'
  --hello '[{"channel":"/meta/connect","clientId":"%c","connectionType":"websocket","id":"2","advice":{"timeout":0}}]'
  --hello-expect /meta/connect --hello "$CC")
CKEEP=(--auto-reply "/meta/connect=>$CC")
BODY='t=%t n=%n %f'
ORDER=(--check-order n=)
case $PEER in
  floor|ws|vertx)
    ECHO=(--path /echo) E_SEND=$BODY E_MATCH=n=
    FAN=(--path /sub --pub-path /pub) F_SEND=$BODY F_MATCH=n=
    PM=(--path '/pm?%d') M_SEND='{"type":"private_message","sender":"u%d","receiver":"u%p","message":"'$BODY'"}' M_MATCH=n=
    LOOKUP=(--path /websocket) IDLE=(--path /sub) ;;
  gorilla)
    ECHO=(--path /ws) E_SEND=$BODY E_MATCH=n=
    J='{"type":"broadcast","sender":"u%d","message":"' FAN=(--path /websocket) F_SEND=$J$BODY'"}' F_MATCH=n=
    PM=(--path /websocket --hello '{"type":"login","sender":"u%d"}' --hello-expect login)
    M_SEND='{"type":"private_message","sender":"u%d","receiver":"u%p","message":"'$BODY'"}' M_MATCH=n=
    LOOKUP=(--path /websocket) IDLE=(--path /websocket) ;;
  nchan)
    ECHO=(--path /self/%d) E_SEND=$BODY E_MATCH=n=
    FAN=(--path /sub --pub-path /pub) F_SEND=$BODY F_MATCH=n=
    PM=(--path /pm/%d/%p) M_SEND='{"type":"private_message","sender":"u%d","receiver":"u%p","message":"'$BODY'"}' M_MATCH=n=
    IDLE=(--path /sub) ;;
  socketio)
    IO=(--path '/socket.io/?EIO=4&transport=websocket' --hello 40 --hello-expect '^40' --auto-reply '^2$=>3')
    ECHO=("${IO[@]}") E_SEND='42["echo","'$BODY'"]' E_MATCH='^42["echo"'
    FAN=("${IO[@]}" --hello '42["sub"]' --hello-expect subbed
         --pub-hello 40 --pub-hello-expect '^40') F_SEND='42["pub","'$BODY'"]' F_MATCH='^42["m"'
    PM=("${IO[@]}" --hello '42["login","u%d"]' --hello-expect logged-in)
    M_SEND='42["pm",{"type":"private_message","sender":"u%d","receiver":"u%p","message":"'$BODY'"}]' M_MATCH='^42["pm"'
    IDLE=("${IO[@]}") ;;
  cometd)
    ECHO=("${CHELLO[@]}" "${CKEEP[@]}") E_SEND='[{"channel":"/service/echo","clientId":"%c","id":"9","data":"'$BODY'"}]' E_MATCH='"data":"'
    FAN=("${CHELLO[@]}" --hello '[{"channel":"/meta/subscribe","clientId":"%c","subscription":"/bench","id":"3"}]' --hello-expect /meta/subscribe "${CKEEP[@]}"
         --pub-path /cometd --pub-hello "$CB" --pub-hello-expect '"clientId"' --hello-capture-pub
         --pub-hello "$CC") F_SEND='[{"channel":"/bench","clientId":"%c","id":"9","data":"'$BODY'"}]' F_MATCH='"data":"'
    PM=("${CHELLO[@]}" --hello '[{"channel":"/meta/subscribe","clientId":"%c","subscription":"/u/%d","id":"3"}]' --hello-expect /meta/subscribe "${CKEEP[@]}")
    M_SEND='[{"channel":"/u/%p","clientId":"%c","id":"9","data":{"type":"private_message","sender":"u%d","receiver":"u%p","message":"'$BODY'"}}]' M_MATCH='"data":{'
    IDLE=("${CHELLO[@]}" "${CKEEP[@]}") ;;
  bridge)
    BR=(--path /eventbus/websocket --heartbeat-every 25 --heartbeat '{"type":"ping"}')
    # a registration is not acknowledged, and a ping is not answered: ask the echo
    BAR=(--hello '{"type":"send","address":"echo","replyAddress":"ok","body":"b"}' --hello-expect '"ok"')
    ECHO=("${BR[@]}") E_SEND='{"type":"send","address":"echo","replyAddress":"r","body":"'$BODY'"}' E_MATCH='"body":"'
    FAN=("${BR[@]}" --hello '{"type":"register","address":"bench","headers":{}}' "${BAR[@]}"
         --pub-path /eventbus/websocket) F_SEND='{"type":"publish","address":"bench","headers":{},"body":"'$BODY'"}' F_MATCH='"body":"'
    PM=("${BR[@]}" --hello '{"type":"register","address":"u%d","headers":{}}' "${BAR[@]}")
    M_SEND='{"type":"send","address":"u%p","headers":{},"body":{"type":"private_message","sender":"u%d","receiver":"u%p","message":"'$BODY'"}}' M_MATCH='"body":{'
    IDLE=("${BR[@]}") ;;
  trunkline)
    ECHO=(--path /echo) E_SEND=$BODY E_MATCH=n=
    HI='{"type":"session","session_id":"bench-%d"}'
    FAN=(--path /ws --hello "$HI" --hello-expect '"valid"' --hello '{"type":"subscribe","id":"s","channel":"live.bench"}' --hello-expect subscribed
         --pub-path /ws --pub-hello '{"type":"session","session_id":"bench-120000"}' --pub-hello-expect '"valid"')
    F_SEND='{"type":"publish","channel":"live.bench","message":"'$BODY'"}' F_MATCH='"message":"t='
    PM=(--path /ws --hello "$HI" --hello-expect '"valid"' --hello '{"type":"subscribe","id":"s","channel":"live.u%d"}' --hello-expect subscribed)
    M_SEND='{"type":"publish","channel":"live.u%p","message":"'$BODY'"}' M_MATCH='"message":"t='
    case $P in *durable*) PM=(--path /ws --hello "$HI" --hello-expect '"valid"'); M_SEND='{"type":"private_message","receiver":"u%p","message":"'$BODY'"}' ;; esac
    LOOKUP=(--path /ws --hello '{"type":"session","session_id":"seeker"}' --hello-expect '"valid"') IDLE=(--path /ws --hello "$HI" --hello-expect '"valid"') ;;
  *) echo "no peer $P" >&2; exit 2 ;;
esac
# length of a template without its directives: what the envelope adds to a body
envelope() { local t=${1/"$BODY"/}; t=${t//%d/0000}; t=${t//%p/0000}; t=${t//%c/$(printf '%028d' 0)}; echo ${#t}; }
size() { echo $(($1 + $(envelope "$2"))); }

case $S in
  S1a|S1b) A=("${ECHO[@]}" --mode echo --conns 200 --inflight $([ $S = S1a ] && echo 1 || echo 16) --send "$E_SEND" --match "$E_MATCH"
      --size $(size 64 "$E_SEND") "${ORDER[@]}") ;;
  S2a) A=("${FAN[@]}" --mode fanout --conns 2000 --rate 50 --send "$F_SEND" --match "$F_MATCH" --size $(size 128 "$F_SEND") "${ORDER[@]}") ;;
  S2b) A=("${FAN[@]}" --mode fanout --conns ${SUBS:-19500} --src-addrs 4 --rate 5 --send "$F_SEND" --match "$F_MATCH" --size $(size 128 "$F_SEND")
      "${ORDER[@]}" --connect-timeout 60 --settle 2) ;;
  S3) case $PEER in gorilla|trunkline) ;; vertx) ENV+=(PG=1) ;; *) lacks "no Postgres lookup" ;; esac
      A=("${LOOKUP[@]}" --mode echo --conns 100 --inflight 1 --lines sessions.txt --send '{"type":"session","session_id":"%l"}' --match '"type":"session"') ;;
  S4) [ "$M_SEND" ] || lacks "no private messages"
      A=("${PM[@]}" --mode pair --conns 1000 --rate ${RATE:-5000} --send "$M_SEND" --match "$M_MATCH" --size $(size 64 "$M_SEND") "${ORDER[@]}") ;;
  S5|S5x) case $PEER in floor|vertx) IDLE+=(--heartbeat-every 25) ;; esac # no ping of their own: the client's
      ENV+=(PING=25s) D=${DURATION:-50} W=${WARMUP:-5}
      A=("${IDLE[@]}" --mode idle --settle 2 --connect-timeout 60)
      if [ $S = S5 ]; then A+=(--conns ${CONNS:-19500} --src-addrs 4)
      else # 100k: RLIMIT_NOFILE is 20000 here, so six processes or instances
        A+=(--conns ${CONNS:-100000} --src-addrs 8)
        ENV+=(PROCS=6 WORKERS=6 INSTANCES=6 "JVM_OPTS=-Xms128m -Xmx1g --enable-native-access=ALL-UNNAMED")
        case $PEER in cometd|bridge) lacks "one process, one port" ;; esac
      fi ;;
  S6a|S6b) # subscribers on node B, the publisher on node A
      case $P in
        socketio) A=(--pub-port 19141); PORTS=19142 ;;
        bridge+cluster) A=(--pub-port 19180); PORTS=19181 ;;
        trunkline+cluster) A=(--pub-port 19200); PORTS=19201 ;;
        *) lacks "no cluster" ;;
      esac
      A=("${FAN[@]}" "${A[@]}" --mode fanout --send "$F_SEND" --match "$F_MATCH" --size $(size 128 "$F_SEND") "${ORDER[@]}")
      [ $S = S6a ] && A+=(--conns 1 --rate ${RATE:-1000}) || A+=(--conns 2000 --rate ${RATE:-50}) ;;
  *) echo "no scenario $S" >&2; exit 2 ;;
esac
# the publisher of a CometD fan-out needs its own clientId
B=(); for x in "${A[@]}"; do [ "$x" = --hello-capture-pub ] && B+=(--pub-hello-capture '"clientId":"') || B+=("$x"); done

for ((i = 0; i < RUNS; i++)); do
  [ "$WSB_LOCKED" ] || { exec 9>"$BENCH/.lock"; flock 9; }
  (
    exec 9>&- # the servers must not inherit the lock
    PIDS=()
    if [ $S = S3 ] || [ $PEER = trunkline ]; then
      ${PIN:+taskset -c 0} peers/pg/start.sh; PG=$(cat peers/pg/pid); PIDS+=(--pid pg=$PG)
      psql -qAt -h 127.0.0.1 -p $PGPORT -U postgres -d postgres -c 'SELECT count(session_id), sum(length(session_id)) FROM sessions' >/dev/null
    fi
    r=$(${PIN:+taskset -c 0} env "${ENV[@]}" peers/$PEER/start.sh) || exit 1
    set -- $r; ports=${PORTS:-$1}; shift; srv=("$@")
    for p in "${srv[@]}"; do PIDS+=(--pid $p); done
    ${PIN:+taskset -c 1} ./wsload --port $ports --label "$S/$P" --warmup $W --duration $D "${B[@]}" "${PIDS[@]}" $EXTRA 2>results/last.err | tee -a results/$S.jsonl
    [ -s results/last.err ] && sed 's/^/  /' results/last.err >&2
    stop_pids "${srv[@]}"
    [ "$PG" ] && kill -INT $PG && stop_pids $PG
  )
  [ "$WSB_LOCKED" ] || exec 9>&-
done
