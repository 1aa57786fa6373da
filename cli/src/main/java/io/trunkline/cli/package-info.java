/**
 * The command {@code trunkline}: each command is a class, {@link io.trunkline.cli.Shell} is where
 * it runs, {@link io.trunkline.cli.Api} and {@link io.trunkline.cli.LiveSocket} are how it reaches
 * a gateway. The load generator is in {@code io.trunkline.cli.load}.
 */
package io.trunkline.cli;
