package org.trackcoordinator.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("track-coordination")
class DurationsTest {

  @ParameterizedTest
  @CsvSource({
    "30s, PT30S",
    "0s, PT0S",
    "1m30s, PT1M30S",
    "250ms, PT0.25S",
    "1h5s, PT1H5S",
    "2d, PT48H",
    "PT1M30S, PT1M30S",
    "pt0.5s, PT0.5S",
    "30S, PT30S",
  })
  void readsCamelsStyleAndIso(String text, Duration expected) {
    assertThat(Durations.parse(text)).contains(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "30", "s", "30 s", "5x", "1s1m", "P", "99999999999999999999s", "-5s"})
  void refusesTheRest(String text) {
    assertThat(Durations.parse(text)).isEmpty();
  }
}
