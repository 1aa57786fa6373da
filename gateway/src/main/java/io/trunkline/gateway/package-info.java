/**
 * The gateway: terminates WebSockets, asks whoever handles a frame's type, and writes what comes
 * for the topics that its connections follow. It keeps nothing, knows no SQL and no message type.
 *
 * <p>In reading order: {@link io.trunkline.gateway.GatewayVerticle}, {@link
 * io.trunkline.gateway.Handshake}, {@link io.trunkline.gateway.WebSocketReader}, {@link
 * io.trunkline.gateway.Socket}, {@link io.trunkline.gateway.Connection}, {@link
 * io.trunkline.gateway.Inbound}; then the way back: {@link io.trunkline.gateway.Outbound}, {@link
 * io.trunkline.gateway.Hub}, {@link io.trunkline.gateway.TopicLine}.
 */
package io.trunkline.gateway;
