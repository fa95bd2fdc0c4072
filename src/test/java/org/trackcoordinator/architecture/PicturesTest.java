package org.trackcoordinator.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The pictures of the docs: each is there, is shown somewhere, says what it shows, and is small.
 */
@Tag("track-coordination")
class PicturesTest {

  private static final Path FOLDER = Path.of("docs/pictures");
  private static final long MOST_BYTES = 80_000;
  private static final Pattern SHOWN = Pattern.compile("!\\[([^\\]]*)]\\(([^)]+)\\)");

  @Test
  void eachIsThereAndShownAndSmall() throws IOException {
    Set<Path> shown = new TreeSet<>();
    for (Path page : pages()) {
      Path folder = page.toAbsolutePath().getParent();
      for (MatchResult picture : SHOWN.matcher(Files.readString(page)).results().toList()) {
        assertThat(picture.group(1)).as(page.toString()).contains(" ");
        Path file = Path.of("").toAbsolutePath().relativize(folder.resolve(picture.group(2)));
        assertThat(file).exists();
        assertThat(Files.size(file)).as(file.toString()).isBetween(1L, MOST_BYTES);
        shown.add(file);
      }
    }
    try (Stream<Path> pictures = Files.list(FOLDER)) {
      assertThat(shown).containsAll(pictures.collect(Collectors.toSet()));
    }
  }

  private static List<Path> pages() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("docs"))) {
      List<Path> pages =
          new ArrayList<>(files.filter(file -> file.toString().endsWith(".md")).toList());
      pages.add(Path.of("README.md"));
      return pages;
    }
  }
}
