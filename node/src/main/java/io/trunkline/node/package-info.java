/**
 * What every process of a cluster has, whatever it does: settings, a place in the cluster, a
 * management port, logs, a start and a stop. It knows no client protocol, no message type and no
 * SQL.
 */
package io.trunkline.node;
