package org.trackcoordinator.config;

/**
 * A token and what its holder may do.
 *
 * @param role what the holder may do
 * @param token the secret itself
 */
public record ApiToken(Role role, String token) {

  /** What the holder of a token may do. */
  public enum Role {
    READER,
    WORKER,
    OPERATOR
  }

  /** The role only: tokens end up in no log. */
  @Override
  public String toString() {
    return role + ":***";
  }
}
