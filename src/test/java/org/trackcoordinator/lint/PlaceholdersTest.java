package org.trackcoordinator.lint;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("track-coordination")
class PlaceholdersTest {

  private final Placeholders placeholders =
      new Placeholders(Map.of("drive.handler", "drive", "HOME", "/root")::get);

  @ParameterizedTest
  @CsvSource({
    "drive,                          drive",
    "{{drive.handler}},              drive",
    "{{?drive.handler}}-{{a.b:too}}, drive-too",
    "{{drive.handler:other}},        drive",
    "{{env:HOME}},                   /root",
    "{{a.b:}},                       ''",
    "{{a.b:x:y}},                    x:y"
  })
  void knownOnesAreFilledIn(String text, String filled) {
    assertThat(placeholders.fill(text)).isEqualTo(filled);
    assertThat(Placeholders.isKnown(placeholders.fill(text))).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "{{a.b}}",
    "x-{{a.b}}",
    "{{bean:x}}{{a.b}}",
    "{{sys:user.name}}",
    "{{a{{b}}}}",
    "${body}"
  })
  void othersStayUnknown(String text) {
    assertThat(Placeholders.isKnown(placeholders.fill(text))).isFalse();
  }
}
