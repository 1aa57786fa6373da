package io.trunkline.node;

/** What a node of the cluster does. The wire name is what members tell each other. */
public enum Role {
  GATEWAY("gateway"),
  SESSION("session"),
  /** Neither: a tool, a demo, a test, somebody's own verticle. */
  OTHER("other");

  private final String wireName;

  Role(String wireName) {
    this.wireName = wireName;
  }

  /** As members tell each other. */
  public String wireName() {
    return wireName;
  }
}
