# The same commands that README and CI use, with shorter names.
MVN ?= mvn

.PHONY: fmt lint test demo clean

# Rewrites the sources the way every build demands them.
fmt:
	$(MVN) -q spotless:apply

# Formatter, compiler and Error Prone over all sources, tests too; no test runs.
lint:
	$(MVN) test-compile

test:
	$(MVN) verify

# Ctrl-C stops all of it.
demo:
	$(MVN) compile exec:java

clean:
	$(MVN) -q clean
