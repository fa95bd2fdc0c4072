package org.trackcoordinator.doors;

import java.util.Locale;
import org.trackcoordinator.config.ApiToken.Role;

/**
 * Who sent a request.
 *
 * @param role what the caller may do; null if nobody knows who it is
 * @param address where the request came from
 */
public record Caller(Role role, String address) {

  /** Whether somebody of this role may do what that role may: each may what the ones before may. */
  public boolean mayDo(Role wanted) {
    return role != null && role.compareTo(wanted) >= 0;
  }

  /** For the records of what operators did, where the request does not say who it was. */
  public String name() {
    return word(role) + " over REST from " + address;
  }

  /** A role as it is written in {@code TRACKS_API_TOKENS}. */
  public static String word(Role role) {
    return role.name().toLowerCase(Locale.ROOT);
  }
}
