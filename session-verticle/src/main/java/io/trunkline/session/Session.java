package io.trunkline.session;

import java.util.List;

/**
 * A session as it was found, with what its user's inbox holds for it.
 *
 * @param hash the SHA-256 of the session id, in hex; the id itself is kept nowhere
 * @param expiresAt epoch milliseconds
 * @param cursor how far this session has read its user's inbox
 * @param head the last offset of the inbox
 * @param firstAfterCursor the first offset after the cursor that is still kept; 0: none
 * @param confirms whether its client has ever said {@code received}, and so moves the cursor itself
 */
public record Session(
    String hash,
    String user,
    long expiresAt,
    List<String> permissions,
    long cursor,
    long head,
    long firstAfterCursor,
    boolean confirms) {

  public Session {
    permissions = List.copyOf(permissions);
  }
}
