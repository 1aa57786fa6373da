#!/bin/bash
# socket.io 4, WORKERS workers (2) behind 19140; worker k alone on 19140+k. DEBUG off.
cd "$(dirname "$0")" && . ../../lib.sh
[ -d ../ws/node_modules ] || (cd ../ws && npm install --no-package-lock --no-audit --no-fund >/dev/null) || exit 1
ln -sfn ../ws/node_modules node_modules
NODE_ENV=production PORT=19140 node server.js </dev/null >server.log 2>&1 & p=$!
wait_port $((19140 + ${WORKERS:-2})) $p && sleep .5 && echo "19140 $p"
