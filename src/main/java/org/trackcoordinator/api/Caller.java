package org.trackcoordinator.api;

import java.util.Locale;
import org.trackcoordinator.config.ApiToken.Role;

/**
 * Who sent a request.
 *
 * @param role what the caller may do
 * @param address where the request came from
 */
record Caller(Role role, String address) {

  /** Whether somebody of this role may do what that role may: each may what the ones before may. */
  boolean mayDo(Role wanted) {
    return role.compareTo(wanted) >= 0;
  }

  /** For the records of what operators did, where the request does not say who it was. */
  String name() {
    return word(role) + " over REST from " + address;
  }

  /** A role as it is written in {@code TRACKS_API_TOKENS}. */
  static String word(Role role) {
    return role.name().toLowerCase(Locale.ROOT);
  }
}
