/**
 * The session service: Postgres, and one class for each message type.
 *
 * <p>In the order in which a message meets them: {@link io.trunkline.session.SessionVerticle} takes
 * it from the bus, {@link io.trunkline.session.Checks} lets it pass, a {@link
 * io.trunkline.session.MessageType} does what it asks for by means of its {@link
 * io.trunkline.session.Call}, the stores keep it, and the {@link io.trunkline.session.Outbox} sends
 * it to the gateways that the {@link io.trunkline.session.Directory} names.
 */
package io.trunkline.session;
