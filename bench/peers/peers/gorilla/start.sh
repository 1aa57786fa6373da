#!/bin/bash
# gorilla: POOL connections to Postgres (0 = database/sql's defaults), PING interval.
cd "$(dirname "$0")" && . ../../lib.sh
[ gorilla -nt main.go ] || GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE=$BENCH/.gocache go build -o gorilla main.go || exit 1
ports= pids=
for ((i = 0; i < ${INSTANCES:-1}; i++)); do
  port=$((19110 + i))
  ./gorilla -addr 127.0.0.1:$port -pool ${POOL:-20} -ping ${PING:-0} \
    -dsn "host=127.0.0.1 port=$PGPORT user=postgres dbname=postgres sslmode=disable" </dev/null >server.log 2>&1 & p=$!
  wait_port $port $p || exit 1
  ports+=,$port pids+=" $p"
done
echo "${ports#,}$pids"
