/**
 * The load generator behind {@code trunkline bench}. A {@link io.trunkline.cli.load.Load} is a
 * scenario; {@link io.trunkline.cli.load.Run} takes it through its phases; each {@link
 * io.trunkline.cli.load.Lane} is one event loop with its {@link io.trunkline.cli.load.Wire}s.
 * Everything of a connection lives on its lane's event loop; only counters are read elsewhere.
 */
package io.trunkline.cli.load;
