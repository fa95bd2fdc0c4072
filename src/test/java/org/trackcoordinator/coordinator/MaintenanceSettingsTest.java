package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Mistakes in the settings of jobs are told when they are made, not at night. */
@Tag("processing-logs")
class MaintenanceSettingsTest {

  @ParameterizedTest
  @CsvSource({
    "cleanup.completed, 90, false",
    "cleanup.completed, 90d, true",
    "cleanup.completed, 1d12h, true",
    "cleanup.completed, 0s, true",
    "cleanup.completed, -1, true",
    "cleanup.completed, -2, false",
    "cleanup.completed, d, false",
    "cleanup.completed, '', false",
    "cleanup.completed, 90 days, false",
    "cleanup.failed, 12h1d, false",
    "cleanup.time-zone, Mars, false",
    "cleanup.time-zone, Asia/Tokyo, true",
    "cleanup.archive, yes, false",
    "cleanup.enabled, true, true",
    "cleanup.batch, 0, false",
    "cleanup.pause, 0, true",
    "cleanup.pause, 1s, false",
    "circuit.wait, 30, false",
    "circuit.wait, -1, false",
    "circuit.wave-interval, 50ms, true",
    "circuit.failure-rate, 0, false",
    "circuit.failure-rate, 0.0, false",
    "circuit.failure-rate, 12.5, true",
    "circuit.failure-rate, 100, true",
    "circuit.failure-rate, 101, false",
    "circuit.window, many, false",
    "backpressure.high-age, 24, false",
    "backpressure.low-depth, 0, true",
  })
  void aValueIsValidOrIsRefusedWithItsKeyAndWhatIsAllowed(String key, String value, boolean valid) {
    assertThat(MaintenanceSettings.mistake(key, value).isEmpty()).isEqualTo(valid);
    if (!valid) {
      assertThat(MaintenanceSettings.mistake(key, value).orElseThrow())
          .startsWith(key + "=" + value + " is not valid: allowed is ");
    }
  }

  @Test
  void allMistakesAreToldAtOnce() {
    Properties settings = new Properties();
    settings.setProperty("cleanup.completed", "90");
    settings.setProperty("circuit.wait", "soon");
    settings.setProperty("circuit.window", "20");
    assertThatThrownBy(() -> MaintenanceSettings.check(settings::getProperty))
        .isInstanceOf(MaintenanceSettings.Invalid.class)
        .hasMessage(
            "The settings of maintenance jobs are wrong: circuit.wait=soon is not valid: allowed is a time such as 90d, 12h, 30m or 45s;"
                + " cleanup.completed=90 is not valid: allowed is a time such as 90d, 12h, 30m or 45s, or -1 for ever");
  }

  @Test
  void everyKeyOfTheFileIsKnownAndItsDefaultIsValid() throws IOException {
    Properties file = new Properties();
    try (var in = Files.newInputStream(Path.of("routes/maintenance/maintenance.properties"))) {
      file.load(in);
    }
    assertThat(file).isNotEmpty();
    file.stringPropertyNames()
        .forEach(
            key ->
                assertThat(MaintenanceSettings.mistake(key, file.getProperty(key)))
                    .as(key)
                    .isEmpty());
  }
}
