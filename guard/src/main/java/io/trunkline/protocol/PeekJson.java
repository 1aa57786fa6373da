package io.trunkline.protocol;

import io.trunkline.guard.HotPath;
import io.trunkline.guard.Sample;

/** What the gateway reads of a request before it asks the bus. */
public final class PeekJson implements HotPath {
  private final byte[] frame = Sample.privateMessage();
  private String id;
  private String type;

  @Override
  public void run() {
    JsonFrame json = JsonFrame.parse(frame);
    id = json.id();
    type = json.string("type");
  }

  @Override
  public String toString() {
    return type + " " + id;
  }
}
