package org.trackcoordinator.config;

/** Hides the secrets in texts that are shown to people. */
public final class Secrets {

  private Secrets() {}

  /** A URL without its password, wherever the password stands in it; other texts as they are. */
  public static String hidden(String text) {
    return text.replaceAll("(?i)([?&](?:ssl)?password=)[^&]*", "$1***")
        .replaceAll("//([^/@:]*):[^/@]*@", "//$1:***@");
  }
}
