package io.trunkline.session;

import io.trunkline.protocol.BusMessage.SessionOwner;
import io.vertx.core.Future;
import java.util.List;

/**
 * Who clients are: in our own table, or in one of another application. Futures fail with a {@link
 * io.trunkline.protocol.Refusal}. Belongs to one event loop.
 */
interface Sessions {
  /**
   * A new one.
   *
   * @param ttlSeconds 0: as the rules say
   * @param permissions null: as the rules say
   */
  Future<CreatedSession> create(String user, long ttlSeconds, List<String> permissions);

  /** Null where the id is unknown, deleted or past its time: nobody is told which. */
  Future<Session> find(String id);

  /** The session of this SHA-256 with its time extended; null where it is gone. */
  Future<Session> renew(String hash);

  /** Ends the session of this SHA-256. Whether there was one. */
  Future<Boolean> delete(String hash);

  /** As {@link #delete}, if it is this user's. */
  Future<Boolean> deleteOf(String user, String hash);

  /** Ends all of a user's. */
  Future<Void> deleteAll(String user);

  /** Expiry of each, in the same order, epoch milliseconds; 0 for one that has ended. */
  Future<List<Long>> check(List<String> hashes);

  /** Whose the sessions of these ids are, in the same order. */
  Future<List<SessionOwner>> owners(List<String> ids);

  /**
   * How often gateways are to ask whether a session is still good, in seconds; 0: they are told.
   */
  int watchSeconds();

  /** A word from the session of this SHA-256: it is in use. */
  void touch(String hash);
}
