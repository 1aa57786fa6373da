/**
 * What the tests of several modules share: a Postgres, WebSocket clients that know the protocol
 * page and none of our code, free ports, waiting for a condition. Only ever in test scope.
 */
package io.trunkline.testing;
