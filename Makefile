# The same commands that README and CI use, with shorter names.
MVN ?= mvn

.PHONY: fmt lint test chaos rolling fuzz leaks soak guard-accept bench bench-jmh bench-durable \
  bench-presence bench-scale bench-scaling bench-slow demo images up down try-containers manifests clean

# Rewrites the sources the way every build demands them.
fmt:
	$(MVN) -q spotless:apply

# Formatter, compiler and Error Prone over all sources, tests and benchmarks too; no test runs.
lint:
	$(MVN) -Pjmh test-compile

test:
	$(MVN) verify

# Nodes and Postgres are killed, frozen and cut off for SECONDS while clients write; then the audit.
# SEED repeats a run's choices, FREEZE is the longest freeze in seconds, KINDS names the faults to
# choose from, with commas: those of ChaosFaults. CLIENTS=js puts the users on the JavaScript client
# and reloads their pages. Cuts of the network need root and iproute2.
SECONDS ?= 600
FREEZE ?= 60
KINDS ?=
CLIENTS ?= java
chaos:
	$(MVN) verify -pl cluster-tests -am -Dtest=ChaosTest -Dsurefire.failIfNoSpecifiedTests=false \
	  -Dtrunkline.chaos.seconds=$(SECONDS) -Dtrunkline.chaos.freeze=$(FREEZE) -Dtrunkline.chaos.kinds=$(KINDS) \
	  -Dtrunkline.chaos.clients=$(CLIENTS) \
	  $(if $(SEED),-Dtrunkline.chaos.seed=$(SEED))

# Every process of three gateways and two session services is restarted in turn under CONNECTIONS
# clients and traffic; each gateway sends its clients away over DRAIN seconds. For 10,000 clients the
# test needs as many open files: see `ulimit -n`.
CONNECTIONS ?= 10000
DRAIN ?= 20
rolling:
	$(MVN) verify -pl cluster-tests -am -Dtest=RollingRestartTest -Dsurefire.failIfNoSpecifiedTests=false \
	  -Dtrunkline.connections=$(CONNECTIONS) -Dtrunkline.drain.seconds=$(DRAIN) -Dtrunkline.node.megabytes=1024

# Random bytes, led by coverage, at each reader of the wire for FUZZ_SECONDS.
FUZZ_SECONDS ?= 300
FUZZ_CLASSES ?= gateway.WebSocketReaderFuzz protocol.JsonFrameFuzz protocol.BusCodecFuzz
fuzz:
	for class in $(FUZZ_CLASSES); do \
	  $(MVN) -q -Pfuzz -pl fuzz -am test-compile exec:exec \
	    -Dfuzz.class=io.trunkline.$$class -Dfuzz.seconds=$(FUZZ_SECONDS) -Dexec.executable=java || exit 1; \
	done

# Every build of the gateway fails where a buffer was not released. This tells of each access to it,
# where that build tells only who acquired, passed on and released it; slow, see LEAK_TESTS.
LEAK_TESTS ?= RfcTest,CompressionTest,SlowReaderTest,DeliveryTest,TlsTest,UpgradeTest,BadInputTest
leaks:
	$(MVN) test -pl gateway -am -Dtest="$(LEAK_TESTS)" -Dsurefire.failIfNoSpecifiedTests=false \
	  -Dio.netty.leakDetection.acquireAndReleaseOnly=false

# Hostile clients beside 200 good ones for SOAK_SECONDS; fails where the heap or direct memory has grown.
SOAK_SECONDS ?= 300
soak:
	$(MVN) test -pl gateway -am -Dtest=HostileClientsTest -Dsurefire.failIfNoSpecifiedTests=false \
	  -Dtest.arguments=-Dtrunkline.hostile.seconds=$(SOAK_SECONDS)

# What hot paths cost now becomes what they may cost: guard/baseline.txt, where it differs by more
# than the guard lets pass. Commit it with what has changed them. `make test` has the guard in it.
guard-accept:
	$(MVN) test -pl guard -am -Dtest=HotPathsTest -Dtrunkline.guard.accept=true

# Microbenchmarks by JMH: the paths that the guard counts in time, and the store's batches with a
# Postgres. JMH_ARGS are options of JMH, such as `HotPaths -p path=PUBLISH`; see bench/README.md.
JMH_ARGS ?=
bench-jmh:
	$(MVN) -q -Pjmh -pl bench -am test-compile exec:exec -Dexec.executable=java \
	  -Djmh.args="$(JMH_ARGS)"

# A session service, two gateways, and one short run of each scenario of `trunkline bench`, written
# into bench/results. BENCH_ARGS are scenarios and options of it, see docs/cli.md.
BENCH_ARGS ?=
bench:
	$(MVN) -q package -DskipTests
	$(MVN) -q -Pbench -pl bench -am compile exec:java -Dexec.args="$(BENCH_ARGS)"

# Durable messages through two session services and a gateway; see bench/README.md.
DURABLE_ARGS ?= 500 10 2 1 60
bench-durable:
	$(MVN) -q package -DskipTests
	$(MVN) -q -Pbench -pl bench -am compile exec:java \
	  -Dexec.mainClass=io.trunkline.bench.DurableBench -Dexec.args="$(DURABLE_ARGS)"

# Presence with 100,000 users; see bench/README.md.
PRESENCE_ARGS ?= 100000 10 100
bench-presence:
	$(MVN) -q package -DskipTests
	$(MVN) -q -Pbench -pl bench -am compile exec:exec -Dexec.executable=java \
	  -Dexec.args="-cp %classpath io.trunkline.bench.PresenceBench $(PRESENCE_ARGS)"

# What each thing costs in CPU time, in clusters of 2, 4 and 8 nodes; see bench/README.md.
SCALING_ARGS ?= 1,2,4 2000 15 1000
bench-scaling:
	$(MVN) -q package -DskipTests
	$(MVN) -q -Pbench -pl bench -am compile exec:java \
	  -Dexec.mainClass=io.trunkline.bench.ScalingBench -Dexec.args="$(SCALING_ARGS)"

# How the cost of a message grows with connections, channels, followers and nodes: tables, plots and
# figures, all written into docs/scale; see bench/README.md. Linux.
SCALE_ARGS ?= all 6 100000 docs/scale
bench-scale:
	$(MVN) -q package -DskipTests
	$(MVN) -q -Pbench -pl bench -am compile exec:java \
	  -Dexec.mainClass=io.trunkline.bench.ScaleBench -Dexec.args="$(SCALE_ARGS)"

# Readers that stop reading, beside others whose latencies are compared; see bench/README.md. Linux.
SLOW_ARGS ?= 5000 1000 5 8000 3 1048576
bench-slow:
	$(MVN) -q package -DskipTests
	$(MVN) -q -Pbench -pl bench -am compile exec:java \
	  -Dexec.mainClass=io.trunkline.bench.SlowReadersBench -Dexec.args="$(SLOW_ARGS)"

# Ctrl-C stops all of it.
demo:
	$(MVN) compile exec:java

# The two container images, of the jars as they are now; see docs/containers.md.
COMPOSE ?= docker compose
IMAGES = $(COMPOSE) -p trunkline -f deploy/compose.yaml
images:
	$(MVN) -q package -DskipTests
	$(IMAGES) build gateway-1 session-1

# Two gateways, two session services and what they need beside them, on http://localhost:8080.
up: images
	deploy/secrets.sh
	$(IMAGES) up -d

# Takes them down; the database's volume stays.
down:
	$(IMAGES) down

# The same with stand-ins for the images that can't be pulled, two clients and restarts; as root.
try-containers:
	$(MVN) -q package -DskipTests
	deploy/try.sh

# Whether what is in deploy/ is what other programs read, and agrees with the settings.
manifests:
	deploy/validate.sh

clean:
	$(MVN) -q clean
