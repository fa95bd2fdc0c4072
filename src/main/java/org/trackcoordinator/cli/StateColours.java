package org.trackcoordinator.cli;

import java.util.function.UnaryOperator;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.Ansi.Style;

/**
 * Colours for what wants to be seen: red what failed, green what is completed, yellow what waits.
 */
final class StateColours {

  private StateColours() {}

  /** Paints states, event types and the states of gates; nothing where colours are off. */
  static UnaryOperator<String> of(Ansi ansi) {
    return ansi.enabled() ? StateColours::painted : UnaryOperator.identity();
  }

  private static String painted(String text) {
    Style style = style(text);
    return style == null ? text : style.on() + text + style.off();
  }

  private static Style style(String text) {
    return switch (text) {
      case "failed", "timed_out" -> Style.fg_red;
      case "completed" -> Style.fg_green;
      case "running", "held", "closed" -> Style.fg_yellow;
      default -> null;
    };
  }
}
