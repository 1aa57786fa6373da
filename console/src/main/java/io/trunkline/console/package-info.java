/** The page on which operators watch a cluster, and what serves it. Knows no node and no bus. */
package io.trunkline.console;
