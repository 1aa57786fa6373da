#!/bin/bash
# campaign.sh ROUNDS [SCENARIO...]   every peer of each scenario in turn, ROUNDS times over, ours first
# and last. Each run is a line of campaign.log and, whole, of results/SCENARIO.jsonl; summary.js prints
# medians. At rates where a JIT warms up slowly all peers get 25 s before they are measured.
cd "$(dirname "$0")" || exit 1
ROUNDS=$1; shift
OTHERS="nchan vertx gorilla ws floor bridge socketio cometd"
peers_of() {
  case $1 in
    S3) echo trunkline gorilla vertx trunkline ;;
    S6a|S6b) echo trunkline+cluster bridge+cluster socketio trunkline+cluster ;;
    S5x) echo trunkline nchan vertx gorilla ws floor socketio trunkline ;;
    *) echo trunkline $OTHERS trunkline ;;
  esac
}
for ((r = 1; r <= ROUNDS; r++)); do
  for s in "$@"; do
    case $s in S4|S6a) export WARMUP=25 ;; S5*) export DURATION=15; unset WARMUP ;; *) unset WARMUP DURATION ;; esac
    for p in $(peers_of $s); do
      out=$(./run.sh $s $p 2>>campaign.err)
      echo "$(date +%T) $s $p $(grep -o '"\(server_cpu_us_per_msg\|total_cpu_us_per_msg\|msgs_per_s\|lost\|p50\|p99\|server_rss_bytes_per_conn\|kernel_bytes_per_conn\|other_cpu_s\)":[0-9.]*' <<<"$out" | tr -d '"' | tr '\n' ' ')" >>campaign.log
    done
  done
done
