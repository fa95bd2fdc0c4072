package org.trackcoordinator.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

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
    assertThat(print(new Table("detail").row("a\u001b[31mb\r\nc")))
        .containsExactly("detail", "---------", "a [31mb c");
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
