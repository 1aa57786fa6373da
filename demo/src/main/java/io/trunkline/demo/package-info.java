/**
 * All of Trunkline in one process, to look at: a Postgres, a session service, two gateways, and a
 * page that talks to them. Nothing here is for production; the login asks for no password.
 */
package io.trunkline.demo;
