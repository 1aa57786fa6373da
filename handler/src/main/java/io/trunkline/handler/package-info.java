/**
 * Handles a message type in any Vert.x of the cluster: {@link io.trunkline.handler.TypeHandler} is
 * where to begin.
 */
package io.trunkline.handler;
