/** The message types that come with the session service, one class for each. */
package io.trunkline.session.message;
