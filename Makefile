# The same commands that README and CI use, with shorter names.
MVN ?= mvn

.PHONY: fmt lint test chaos demo clean

# Rewrites the sources the way every build demands them.
fmt:
	$(MVN) -q spotless:apply

# Formatter, compiler and Error Prone over all sources, tests too; no test runs.
lint:
	$(MVN) test-compile

test:
	$(MVN) verify

# Nodes and Postgres are killed, frozen and cut off for SECONDS while clients write; then the audit.
# SEED repeats a run's choices, FREEZE is the longest freeze in seconds.
SECONDS ?= 600
FREEZE ?= 60
chaos:
	$(MVN) verify -pl cluster-tests -am -Dtest=ChaosTest -Dsurefire.failIfNoSpecifiedTests=false \
	  -Dtrunkline.chaos.seconds=$(SECONDS) -Dtrunkline.chaos.freeze=$(FREEZE) \
	  $(if $(SEED),-Dtrunkline.chaos.seed=$(SEED))

# Ctrl-C stops all of it.
demo:
	$(MVN) compile exec:java

clean:
	$(MVN) -q clean
