/**
 * What the nodes of a Trunkline cluster must agree on, and nothing else: bus addresses, the closed
 * set of messages between nodes with their codec, the directives a handler may give a gateway,
 * error and close codes, and the JSON that clients see.
 *
 * <p>Layout rule: a kind's layout never changes. A new need is a new kind, and readers ship before
 * writers.
 */
package io.trunkline.protocol;
