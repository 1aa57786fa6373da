package io.trunkline.testing;

import io.trunkline.testing.WebSocketProbe.Message;
import java.io.ByteArrayOutputStream;

/** Puts the fragments of a connection's messages together; used by its reader alone. */
final class Fragments {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /** The opcode of the message whose fragments are coming, or -1 between messages. */
  private int opcode = -1;

  /** The message that {@code frame} completes, or null. */
  Message add(Frame frame) {
    if ((frame.opcode() == Frame.CONTINUATION) == (opcode < 0)) {
      throw new AssertionError("fragments out of order");
    }
    opcode = opcode < 0 ? frame.opcode() : opcode;
    bytes.writeBytes(frame.payload());
    if (!frame.fin()) {
      return null;
    }
    Message message = new Message(opcode == Frame.TEXT, bytes.toByteArray());
    opcode = -1;
    bytes.reset();
    return message;
  }
}
