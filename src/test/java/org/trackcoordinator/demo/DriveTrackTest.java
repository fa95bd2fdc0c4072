package org.trackcoordinator.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DriveTrackTest extends TrackRoutes {

  private static Map<String, Object> attachment(String name, String content) {
    var bytes = content.getBytes(StandardCharsets.UTF_8);
    return Map.of(
        "name",
        name,
        "mediaType",
        "application/pdf",
        "size",
        bytes.length,
        "content",
        Base64.getEncoder().encodeToString(bytes));
  }

  private static Map<String, Object> mail(List<?> attachments) {
    return Map.of(
        "messageId",
        "<1@x>",
        "subject",
        "請求書",
        "from",
        "a@x",
        "sentAt",
        "2026-11-01T00:00:00Z",
        "attachments",
        attachments);
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> files(Map<String, Object> result) {
    return (List<Map<String, Object>>) result.get("files");
  }

  private List<Path> stored() throws IOException {
    if (!Files.exists(folder)) {
      return List.of();
    }
    try (var walk = Files.walk(folder)) {
      return walk.filter(Files::isRegularFile).toList();
    }
  }

  @Test
  void storesAttachmentsAndHandsOnReferences() throws IOException {
    var attempt =
        attempt("drive", mail(List.of(attachment("請求書.pdf", "いろは"), attachment("a.xml", ""))));

    var result = attempt.result();

    assertThat(result)
        .containsEntry("messageId", "<1@x>")
        .containsEntry("subject", "請求書")
        .containsEntry("from", "a@x");
    assertThat(result).doesNotContainKey("attachments");
    assertThat(files(result))
        .containsExactly(
            Map.of(
                "name",
                "請求書.pdf",
                "reference",
                "0-請求書.pdf",
                "mediaType",
                "application/pdf",
                "size",
                9,
                "sha256",
                "7ff7ef2289e4b6961cf3017c06c28a9a53bd6abe47de6ccd9292c207f8e99c36"),
            Map.of(
                "name",
                "a.xml",
                "reference",
                "1-a.xml",
                "mediaType",
                "application/pdf",
                "size",
                0,
                "sha256",
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    assertThat(drive().resolve(attempt.correlationId).resolve("0-請求書.pdf")).hasContent("いろは");
    assertThat(drive().resolve(attempt.correlationId).resolve("1-a.xml")).isEmptyFile();
  }

  @Test
  void repeatedAttemptGivesTheSame() throws IOException {
    var attempt =
        attempt("drive", mail(List.of(attachment("a.pdf", "one"), attachment("a.pdf", "two"))));

    var first = attempt.result();
    var files = stored();

    assertThat(attempt.result()).isEqualTo(first);
    assertThat(stored()).isEqualTo(files);
    assertThat(files(first))
        .extracting(f -> f.get("reference"))
        .containsExactly("0-a.pdf", "1-a.pdf");
    assertThat(drive().resolve(attempt.correlationId).resolve("1-a.pdf")).hasContent("two");
  }

  @Test
  void mailWithoutAttachmentsHasNoFiles() {
    assertThat(files(attempt("drive", mail(List.of())).result())).isEmpty();
  }

  @Test
  void hostileNamesStayInsideTheDrive() throws IOException {
    var names =
        new ArrayList<>(
            List.of(
                "../../etc/passwd",
                "..\\..\\boot.ini",
                "/etc/shadow",
                "..",
                "a\u0000b.pdf",
                "\u202Efdp.exe",
                "名".repeat(500) + ".pdf",
                " ",
                "C:"));
    names.addAll(
        List.of(
            "${bean:x}.pdf",
            "{{env:PATH}}",
            "a?fileName=b&noop=true",
            "a%2e%2e%2fb",
            "it's \"quoted\", (x) 'y'.pdf",
            "con"));
    var before = stored().size();

    var attempt =
        attempt("drive", mail(names.stream().map(name -> attachment(name, name)).toList()));
    var files = files(attempt.result());

    assertThat(files).extracting(f -> f.get("name")).containsExactlyElementsOf(names);
    var run = drive().resolve(attempt.correlationId);
    for (int i = 0; i < names.size(); i++) {
      var reference = String.valueOf(files.get(i).get("reference"));
      assertThat(reference)
          .doesNotContainPattern("[/\\\\:$%{}?&'\"\\p{Cntrl}\\p{Cf}]")
          .doesNotContain("..");
      assertThat(run.resolve(reference)).hasContent(names.get(i));
    }
    assertThat(stored().size() - before).isEqualTo(names.size());
    try (var list = Files.list(run)) {
      assertThat(list).hasSize(names.size());
    }
  }

  @Test
  void payloadTextIsNeverEvaluated() {
    var text = "${bean:x} ${body} {{env:PATH}} {{missing}} $simple{body} RAW(x)";
    var mail =
        Map.of(
            "messageId",
            text,
            "subject",
            text,
            "from",
            text,
            "sentAt",
            text,
            "attachments",
            List.of());

    assertThat(attempt("drive", mail).result())
        .containsEntry("messageId", text)
        .containsEntry("subject", text)
        .containsEntry("from", text)
        .containsEntry("sentAt", text);
  }

  @Test
  void headersOfTheInputSteerNothing() throws IOException {
    var attempt =
        attempt("drive", mail(List.of(attachment("a.pdf", "x"))))
            .header("CamelFileName", "stolen.txt")
            .header("camelfilename", "stolen.txt")
            .header("CamelOverruleFileName", "stolen.txt")
            .header("CAMELOVERRULEFILENAME", "stolen.txt");

    var exchange = attempt.exchange();

    assertThat(stored()).noneMatch(file -> file.endsWith("stolen.txt"));
    assertThat(exchange.getMessage().getHeaders())
        .containsOnlyKeys(
            "trackCorrelationId", "trackId", "trackAttempt", "trackIdempotencyKey", "trackUserId");
  }

  @Test
  void mailThatWasNotTakenWholeFailsAndSaysWhy() {
    var mail = new java.util.HashMap<>(mail(List.of(Map.of("name", "a.pdf", "size", 900_000))));
    mail.put("refused", "attachment a.pdf has 900000 bytes");

    assertThat(attempt("drive", mail).failure())
        .isInstanceOf(IOException.class)
        .hasMessage(
            "mail <1@x> \"請求書\" could not be taken whole: attachment a.pdf has 900000 bytes");
  }
}
