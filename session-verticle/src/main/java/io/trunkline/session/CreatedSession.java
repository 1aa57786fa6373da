package io.trunkline.session;

/** A session that was just made: the only moment at which its id is known. */
record CreatedSession(String id, String user, long expiresAt) {

  @Override
  public String toString() {
    return "CreatedSession[user=" + user + ", expiresAt=" + expiresAt + "]";
  }
}
