package org.trackcoordinator.api;

import java.util.regex.Pattern;
import org.trackcoordinator.doors.House;

/** The doors of the REST interface and of the console. */
final class ApiHouse implements House {

  /**
   * Names of ours have no other characters, so nothing need be encoded, doubled or in dots; only
   * the console's path is a slash.
   */
  private static final Pattern ODD = Pattern.compile("[^/A-Za-z0-9._-]|/[/.]|(?<!^)/$");

  private final Console console;

  ApiHouse(Console console) {
    this.console = console;
  }

  @Override
  public String name() {
    return "The REST interface";
  }

  @Override
  public String portVariable() {
    return "TRACKS_HTTP_PORT";
  }

  @Override
  public boolean isOdd(String path) {
    return ODD.matcher(path).find();
  }

  @Override
  public boolean isOpen(String path) {
    return console.has(path);
  }

  @Override
  public boolean isPage(String path) {
    return Console.isPage(path);
  }
}
