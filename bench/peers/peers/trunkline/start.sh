#!/bin/bash
# Trunkline from CHECKOUT (this repository, built): NODES gateways (1) and a session service, with
# LOOPS event loops each (2), on the Postgres of ../pg, which must run. Sessions bench-N of users uN,
# and 100,000 of one user for S3.
cd "$(dirname "$0")" && . ../../lib.sh
CHECKOUT=${CHECKOUT:-$(cd ../../../.. && pwd)}
PSQL=(psql -qAt -h 127.0.0.1 -p $PGPORT -U postgres -d postgres)
export TRUNKLINE_CLUSTER_NAME=wsbench TRUNKLINE_CLUSTER_MEMBERS=127.0.0.1:19701,127.0.0.1:19702,127.0.0.1:19703
export TRUNKLINE_DATABASE_URL=postgresql://postgres@127.0.0.1:$PGPORT/postgres
export TRUNKLINE_EVENT_LOOPS=${LOOPS:-2}
node() { # name jar cluster-port management-port
  TRUNKLINE_NODE_NAME=$1 TRUNKLINE_CLUSTER_PORT=$3 TRUNKLINE_MANAGEMENT_PORT=$4 $JAVA $JVM_OPTS -jar $2 </dev/null >$1.log 2>&1 & p=$!
}
ready() { for _ in {1..600}; do curl -sf -o /dev/null 127.0.0.1:$1/health/ready && return 0; sleep .1; done; echo "not ready" >&2; return 1; }
node s1 $CHECKOUT/session-verticle/target/session-verticle.jar 19701 19801; pids=" $p"
ready 19801 || exit 1
if [ "$("${PSQL[@]}" -c "select count(*) from trunkline.session")" -lt 200000 ] || [ "$("${PSQL[@]}" -c "select count(*) from trunkline.topic")" -lt 1000 ]; then
  "${PSQL[@]}" >/dev/null <<'S'
insert into trunkline.session (hash, user_name, permissions, expires_at)
select sha256(convert_to('bench-' || i, 'UTF8')), 'u' || i, '{broadcast,publish:*,subscribe:*}', now() + interval '30 days'
from generate_series(0, 120000) i on conflict do nothing;
insert into trunkline.session (hash, user_name, permissions, expires_at)
select sha256(convert_to(md5('session-' || i), 'UTF8')), 'seeker', '{broadcast}',
  now() + case when i % 10 = 0 then interval '-1 day' else interval '30 days' end
from generate_series(1, 100000) i on conflict do nothing;
insert into trunkline.session (hash, user_name, permissions, expires_at)
values (sha256('seeker'), 'seeker', '{broadcast}', now() + interval '30 days') on conflict do nothing;
insert into trunkline.topic (name) select 'user:u' || i from generate_series(0, 1000) i on conflict do nothing;
vacuum analyze trunkline.session;
checkpoint;
S
fi
export TRUNKLINE_HTTP_HOST=127.0.0.1 TRUNKLINE_MAX_CONNECTIONS_PER_ADDRESS=1000000 TRUNKLINE_MAX_CONNECTIONS=1000000
export TRUNKLINE_REQUEST_RATE=1000000 TRUNKLINE_REQUEST_BURST=1000000 TRUNKLINE_MAX_CONNECTIONS_PER_USER=1000000
ports=
for ((i = 0; i < ${NODES:-1}; i++)); do
  TRUNKLINE_HTTP_PORT=$((19200 + i)) node g$i $CHECKOUT/gateway/target/gateway.jar $((19702 + i)) $((19802 + i))
  ready $((19802 + i)) || exit 1
  ports+=,$((19200 + i)) pids+=" $p"
done
echo "${ports#,}$pids"
