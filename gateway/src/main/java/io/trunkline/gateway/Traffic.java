package io.trunkline.gateway;

/**
 * What went over one connection after the upgrade.
 *
 * @param framesIn whole messages and control frames; the fragments of a message are one
 * @param bytesIn frames with their headers, as they are inside TLS
 */
record Traffic(long framesIn, long framesOut, long bytesIn, long bytesOut) {}
