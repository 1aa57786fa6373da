/**
 * The hot paths of gateway and session service, each alone on the caller's thread. What the build
 * guards by counting, and what {@code make bench-jmh} measures in time, is the same code. Each path
 * stands in the package of what it passes through, since most of that is package-private.
 */
package io.trunkline.guard;
