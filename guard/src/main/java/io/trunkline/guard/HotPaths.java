package io.trunkline.guard;

import io.trunkline.gateway.FanOut;
import io.trunkline.gateway.ReadTextFrame;
import io.trunkline.gateway.RelayAtOnce;
import io.trunkline.gateway.WriteTextFrame;
import io.trunkline.protocol.EncodeAndDecode;
import io.trunkline.protocol.PeekJson;
import io.trunkline.session.BatchAppends;
import io.trunkline.session.Publish;

/** Every path that is guarded and measured, in the order in which a message passes them. */
public enum HotPaths {
  /** A client's frame of 64 to 125 bytes, masked, in one piece. */
  READ_TEXT_FRAME,

  /** What the gateway wants to know of a request: that it is JSON, its type and its id. */
  PEEK_JSON,

  /** A request on the bus: onto the wire, and from it. */
  CODE_REQUEST,

  /** An {@code ack} on the bus. */
  CODE_REPLY,

  /** 16 frames for one gateway on the bus. */
  CODE_DELIVER,

  /** A message to an ephemeral channel: from the client's frame to another gateway's batch. */
  RELAY,

  /** The same as a session service sends it for a gateway of an earlier version. */
  PUBLISH,

  /** 64 appends that wait together, as one call of a database that answers at once. */
  BATCH_64_APPENDS,

  /** One frame from the bus to 100 followers on their channels. */
  FAN_OUT_TO_100,

  /** One frame to one socket, to the end of the loop's turn, flush included. */
  WRITE_TEXT_FRAME;

  /** Ready to run; the caller closes it. */
  public HotPath open() {
    return switch (this) {
      case READ_TEXT_FRAME -> new ReadTextFrame();
      case PEEK_JSON -> new PeekJson();
      case CODE_REQUEST -> EncodeAndDecode.request();
      case CODE_REPLY -> EncodeAndDecode.reply();
      case CODE_DELIVER -> EncodeAndDecode.deliver();
      case RELAY -> new RelayAtOnce();
      case PUBLISH -> new Publish();
      case BATCH_64_APPENDS -> new BatchAppends();
      case FAN_OUT_TO_100 -> new FanOut();
      case WRITE_TEXT_FRAME -> new WriteTextFrame();
    };
  }
}
