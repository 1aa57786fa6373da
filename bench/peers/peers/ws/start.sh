#!/bin/bash
# bare ws, WORKERS processes (1).
cd "$(dirname "$0")" && . ../../lib.sh
[ -d node_modules ] || npm install --no-package-lock --no-audit --no-fund >/dev/null || exit 1
NODE_ENV=production PORT=19130 node server.js </dev/null >server.log 2>&1 & p=$!
wait_port 19130 $p && sleep .5 && echo "19130 $p"
