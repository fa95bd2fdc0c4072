package org.trackcoordinator.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Help.Ansi;

@Tag("track-coordination")
class TableTest {

  @Test
  void columnsAreAsWideAsTheirWidestCell() {
    Table table = new Table("track", "attempt").right("attempt").row("gmail", 1).row("freee", 12);
    assertThat(print(table))
        .containsExactly("track  attempt", "-----  -------", "gmail        1", "freee       12");
  }

  @Test
  void japaneseCountsDouble() {
    Table table = new Table("supplier", "yen").row("株式会社山田", 1).row("ｶﾌﾞ", 2).row(null, 3);
    assertThat(print(table))
        .containsExactly(
            "supplier      yen",
            "------------  ---",
            "株式会社山田  1",
            "ｶﾌﾞ           2",
            "              3");
  }

  @Test
  void controlCharactersReachNoTerminal() {
    assertThat(print(new Table("detail").row("a\u001b[31mb\r\nc\u009b1m")))
        .containsExactly("detail", "------------", "a [31mb c 1m");
  }

  @Test
  void coloursTakeNoWidth() {
    Table table =
        new Table("state", "n")
            .coloured("state", StateColours.of(Ansi.ON))
            .row("failed", 1)
            .row("completed", 2)
            .row("running", 3)
            .row("cancelled", 4);
    assertThat(print(table))
        .containsExactly(
            "state      n",
            "---------  -",
            "\u001b[31mfailed\u001b[39m     1",
            "\u001b[32mcompleted\u001b[39m  2",
            "\u001b[33mrunning\u001b[39m    3",
            "cancelled  4");
    assertThat(print(new Table("state").coloured("state", StateColours.of(Ansi.OFF)).row("failed")))
        .containsExactly("state", "------", "failed");
  }

  @Test
  void whatIsAddedLaterIsPrintedWithoutTitlesAndNoNarrower() {
    Table table = new Table("a", "b").row("long one", 1);
    assertThat(print(table)).containsExactly("a         b", "--------  -", "long one  1");
    assertThat(print(table.row("x", 2))).containsExactly("x         2");
  }

  @Test
  void aRowHasAsManyCellsAsTitles() {
    assertThatThrownBy(() -> new Table("a", "b").row("x"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static String[] print(Table table) {
    StringWriter text = new StringWriter();
    table.print(new PrintWriter(text));
    return text.toString().split(System.lineSeparator());
  }
}
