package org.trackcoordinator.tracks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("e2e-track-workflow")
class SafeFileNameTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "請求書_山印-00381.pdf|請求書_山印-00381.pdf",
        "（株）みどり・農園「秋」.xml|（株）みどり・農園「秋」.xml",
        "Müller & Söhne.pdf|Müller _ Söhne.pdf",
        "../../etc/passwd|passwd",
        "C:\\temp\\a.pdf|a.pdf",
        "..|unnamed",
        "``|unnamed",
        " .hidden. |hidden",
        "a...pdf|a.pdf",
        "${bean:x}{{env:PATH}}|_bean_x_env_PATH_",
        "CON|_CON",
        "nul.txt|_nul.txt",
        "a\u0000b\u202Ec.pdf|a_b_c.pdf",
        "a\uD800b|a_b",
      })
  void keepsWhatIsReadableAndDropsWhatHasAMeaning(String given, String safe) {
    assertThat(SafeFileName.of(given)).isEqualTo(safe);
  }

  @Test
  void nullHasNoName() {
    assertThat(SafeFileName.of(null)).isEqualTo("unnamed");
  }

  @Test
  void longNamesAreCutBetweenCharactersAndKeepTheirExtension() {
    var name = SafeFileName.of("漢".repeat(500) + ".pdf");

    assertThat(name).matches("漢+\\.pdf");
    assertThat(name.getBytes(StandardCharsets.UTF_8).length).isBetween(170, 180);
  }

  @Test
  void sameLettersInTwoNormalFormsAreOneName() {
    assertThat(SafeFileName.of("か\u3099.pdf")).isEqualTo(SafeFileName.of("が.pdf"));
  }

  @Test
  void whatTheFileSystemCannotWriteBecomesItsCodePoint() {
    assertThat(SafeFileName.writable("請求-1", StandardCharsets.US_ASCII)).isEqualTo("u8ACBu6C42-1");
    assertThat(SafeFileName.writable("請求-1", StandardCharsets.UTF_8)).isEqualTo("請求-1");
  }
}
