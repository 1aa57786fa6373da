/**
 * Why a request came to nothing. `code` is the server's, see the table of error codes in the protocol, or one of the
 * client's own: `timeout`, `connection_lost` (it may have been carried out), `too_large`, `queue_full`,
 * `user_changed`, `closed`.
 */
export class TrunklineError extends Error {
  /**
   * @param {string} code for programs
   * @param {string} message for people
   * @param {boolean} [retryable] whether the same request may do better later
   */
  constructor(code, message, retryable = false) {
    super(message);
    this.name = 'TrunklineError';
    this.code = code;
    this.retryable = retryable;
  }
}
