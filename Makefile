# The same commands that README and CI use, with shorter names.
MVN ?= mvn

.PHONY: fmt lint test chaos bench demo clean

# Rewrites the sources the way every build demands them.
fmt:
	$(MVN) -q spotless:apply

# Formatter, compiler and Error Prone over all sources, tests too; no test runs.
lint:
	$(MVN) test-compile

test:
	$(MVN) verify

# Nodes and Postgres are killed, frozen and cut off for SECONDS while clients write; then the audit.
# SEED repeats a run's choices, FREEZE is the longest freeze in seconds, KINDS names the faults to
# choose from, with commas: those of ChaosFaults. Cuts of the network need root and iproute2.
SECONDS ?= 600
FREEZE ?= 60
KINDS ?=
chaos:
	$(MVN) verify -pl cluster-tests -am -Dtest=ChaosTest -Dsurefire.failIfNoSpecifiedTests=false \
	  -Dtrunkline.chaos.seconds=$(SECONDS) -Dtrunkline.chaos.freeze=$(FREEZE) -Dtrunkline.chaos.kinds=$(KINDS) \
	  $(if $(SEED),-Dtrunkline.chaos.seed=$(SEED))

# Durable messages through two session services and a gateway; see bench/README.md.
BENCH_ARGS ?= 500 10 2
bench:
	$(MVN) -q package -DskipTests
	$(MVN) -q -Pbench -pl bench -am compile exec:java -Dexec.args="$(BENCH_ARGS)"

# Ctrl-C stops all of it.
demo:
	$(MVN) compile exec:java

clean:
	$(MVN) -q clean
