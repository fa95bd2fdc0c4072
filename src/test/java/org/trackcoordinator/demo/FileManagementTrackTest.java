package org.trackcoordinator.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.trackcoordinator.tracks.UnreadableInvoiceException;

class FileManagementTrackTest extends TrackRoutes {

  /** A file as the track drive left it, under the name that it had in the mail. */
  private record Stored(String name, String mediaType, byte[] content) {}

  private static Stored xml(String xml) {
    return new Stored("invoice.xml", "application/xml", UblXml.bytes(xml));
  }

  private static Stored pdf(String name) {
    return new Stored(name, "application/pdf", UblXml.bytes("%PDF of " + name));
  }

  private Attempt attempt(Stored... files) throws Exception {
    var run = UUID.randomUUID().toString();
    var references = new ArrayList<Map<String, Object>>();
    for (var file : files) {
      var reference = references.size() + "-file";
      Files.createDirectories(drive().resolve(run));
      Files.write(drive().resolve(run).resolve(reference), file.content);
      references.add(
          Map.of(
              "name",
              file.name,
              "reference",
              reference,
              "mediaType",
              file.mediaType,
              "size",
              file.content.length,
              "sha256",
              HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(file.content))));
    }
    var input =
        Map.of(
            "messageId",
            "<7@x>",
            "subject",
            "11月分",
            "from",
            "a@x",
            "sentAt",
            "2026-11-01T00:00:00Z",
            "files",
            references);
    return attempt("file-management", input).in(run);
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> list(Map<String, Object> result, String field) {
    return (List<Map<String, Object>>) result.get(field);
  }

  private List<Path> filed() throws IOException {
    if (!Files.exists(documents())) {
      return List.of();
    }
    try (var walk = Files.walk(documents())) {
      return walk.filter(Files::isRegularFile).map(documents()::relativize).sorted().toList();
    }
  }

  private static Throwable root(Throwable failure) {
    return failure.getCause() == null ? failure : root(failure.getCause());
  }

  @Test
  void readsTheInvoiceAndFilesItsDocuments() throws Exception {
    var xml =
        new String(DemoInvoice.all().get(3).xml(), StandardCharsets.UTF_8)
            .replace("M20261008-3", "M-1");

    var result =
        attempt(
                pdf("請求書.pdf"),
                new Stored("i.XML", "application/octet-stream", UblXml.bytes(xml)),
                pdf("内訳.PDF"))
            .result();

    assertThat(result)
        .containsEntry("supplier", "スーパーまるや株式会社")
        .containsEntry("supplierRegistrationNumber", "T0100000000044")
        .containsEntry("invoiceNumber", "M-1")
        .containsEntry("issueDate", "2026-10-08")
        .containsEntry("dueDate", "2026-11-10")
        .containsEntry("currency", "JPY")
        .containsEntry("taxExclusiveAmount", 22872)
        .containsEntry("taxAmount", 1919)
        .containsEntry("payableAmount", 24791);
    assertThat(list(result, "taxes"))
        .containsExactly(
            Map.of("category", "AA", "rate", 8, "taxableAmount", 18347, "taxAmount", 1467),
            Map.of("category", "S", "rate", 10, "taxableAmount", 4525, "taxAmount", 452));
    assertThat(list(result, "lines"))
        .hasSize(4)
        .extracting(line -> line.get("description"))
        .contains("来客用菓子詰合せ");
    assertThat(list(result, "documents"))
        .extracting(document -> document.get("path"))
        .containsExactly(
            "スーパーまるや株式会社/2026-10-08_スーパーまるや株式会社_M-1.pdf",
            "スーパーまるや株式会社/2026-10-08_スーパーまるや株式会社_M-1.xml",
            "スーパーまるや株式会社/2026-10-08_スーパーまるや株式会社_M-1_2.pdf");
    assertThat(documents().resolve("スーパーまるや株式会社/2026-10-08_スーパーまるや株式会社_M-1_2.pdf"))
        .hasContent("%PDF of 内訳.PDF");
    assertThat(documents().resolve("スーパーまるや株式会社/2026-10-08_スーパーまるや株式会社_M-1.xml")).hasContent(xml);
  }

  @Test
  void readsEveryInvoiceOfTheDemo() throws Exception {
    for (var invoice : DemoInvoice.all()) {
      var result = attempt(pdf("a.pdf"), new Stored("a.xml", "text/xml", invoice.xml())).result();

      assertThat(result).containsEntry("supplier", invoice.text("supplier"));
      assertThat(list(result, "documents")).hasSize(2);
      for (var document : list(result, "documents")) {
        assertThat(documents().resolve(String.valueOf(document.get("path")))).exists();
      }
    }
  }

  @Test
  void repeatedAttemptGivesTheSame() throws Exception {
    var attempt = attempt(pdf("a.pdf"), xml(UblXml.invoice().replace("INV-1", "TWICE")));

    var first = attempt.result();
    var files = filed();

    assertThat(attempt.result()).isEqualTo(first);
    assertThat(filed()).isEqualTo(files);
  }

  @Test
  void filedDocumentsAreNeverOverwritten() throws Exception {
    var invoice = xml(UblXml.invoice().replace("INV-1", "KEPT"));
    attempt(pdf("a.pdf"), invoice).result();

    var failure = root(attempt(pdf("b.pdf"), invoice).failure());

    assertThat(failure)
        .isInstanceOf(FileAlreadyExistsException.class)
        .hasMessage(
            "見本商店/2026-11-01_見本商店_KEPT.pdf is filed already, with another content than b.pdf of mail <7@x>");
    assertThat(documents().resolve("見本商店/2026-11-01_見本商店_KEPT.pdf")).hasContent("%PDF of a.pdf");
  }

  @Test
  void amountsAreExactToTheLastDigit() throws Exception {
    var big =
        UblXml.invoice()
            .replace("INV-1", "BIG")
            .replace(">100.10<", ">1234567890123.45<")
            .replace(">10.01<", ">0.3<")
            .replace(">110.11<", ">1234567890123.75<");

    var json = text(attempt(xml(big)).exchange().getMessage().getBody());

    assertThat(json)
        .contains(
            "\"payableAmount\":1234567890123.75",
            "\"taxableAmount\":1234567890123.45",
            "\"taxAmount\":0.3");
    assertThat(map(json).get("payableAmount")).isEqualTo(new BigDecimal("1234567890123.75"));
  }

  @Test
  void decimalsAddUpAsDecimals() throws Exception {
    // 0.1 + 0.2 is 0.30000000000000004 in binary floating point
    var xml =
        UblXml.invoice()
            .replace("INV-1", "DEC")
            .replace(">100.10<", ">0.1<")
            .replace(">10.01<", ">0.2<")
            .replace(">110.11<", ">0.3<");

    assertThat(attempt(xml(xml)).result())
        .containsEntry("taxInclusiveAmount", new BigDecimal("0.3"));
  }

  @Test
  void mailWithoutInvoiceFailsAndSaysWhatIsMissing() throws Exception {
    assertThat(
            attempt(pdf("スキャン.pdf"), new Stored("data.xml", "text/xml", UblXml.bytes("<a/>")))
                .failure())
        .isInstanceOf(UnreadableInvoiceException.class)
        .hasMessage(
            "mail <7@x> \"11月分\" from a@x has no readable e-invoice (UBL 2.1 XML): スキャン.pdf is application/pdf;"
                + " data.xml is no UBL invoice, its root element is {null}a");
    assertThat(attempt().failure()).hasMessageEndingWith("it has no attachment");
    var invoice = xml(UblXml.invoice());
    assertThat(attempt(invoice, invoice).failure()).hasMessageContaining("2 files are invoices");
  }

  @Test
  void brokenXmlFailsWithItsPlace() throws Exception {
    var broken = UblXml.invoice().replace("</cac:TaxTotal>", "");

    assertThat(attempt(xml(broken)).failure())
        .isInstanceOf(UnreadableInvoiceException.class)
        .hasMessageContaining("invoice.xml is not well-formed XML")
        .hasMessageContaining("line ");
  }

  @Test
  void documentTypeIsRefusedAndNothingOutsideIsRead() throws Exception {
    var secret = folder.resolve("secret.txt").toAbsolutePath();
    Files.createDirectories(folder);
    Files.writeString(secret, "top secret");
    var hostile =
        UblXml.invoice()
            .replace(
                "?>\n<Invoice",
                "?>\n<!DOCTYPE Invoice [<!ENTITY x SYSTEM \"file://" + secret + "\">]>\n<Invoice")
            .replace("見本商店", "&x;");

    var failure = attempt(xml(hostile)).failure();

    assertThat(hostile).contains("<!DOCTYPE");
    assertThat(failure)
        .isInstanceOf(UnreadableInvoiceException.class)
        .hasMessageContaining("DOCTYPE is disallowed")
        .hasMessageNotContaining("top secret");
  }

  @Test
  void namesFromTheInvoiceStayInsideTheFolder() throws Exception {
    for (var name :
        List.of(
            "../../etc",
            "a/b\\c",
            "${bean:x} {{env:PATH}}",
            "a?fileExist=Override&amp;x=1",
            "..",
            "Ünïcode & Co. K.K.")) {
      var before = filed();

      var result =
          attempt(
                  xml(
                      UblXml.invoice()
                          .replace("見本商店", name.replace("& ", "&amp; "))
                          .replace("INV-1", "../" + name.replace("& ", "&amp; "))))
              .result();

      assertThat(result.get("supplier")).isEqualTo(name.replace("&amp;", "&"));
      var path = String.valueOf(list(result, "documents").get(0).get("path"));
      assertThat(path).doesNotContain("..").matches("[^/]+/2026-11-01_[^/]+\\.xml");
      assertThat(filed()).hasSize(before.size() + 1).contains(Path.of(path));
    }
  }

  @Test
  void fileThatIsGoneOrChangedFails() throws Exception {
    var gone = attempt(xml(UblXml.invoice()));
    Files.delete(drive().resolve(gone.correlationId).resolve("0-file"));
    assertThat(root(gone.failure())).hasMessage("0-file of mail <7@x> is not in the drive");

    var changed = attempt(xml(UblXml.invoice()));
    Files.writeString(drive().resolve(changed.correlationId).resolve("0-file"), "changed");
    assertThat(root(changed.failure()))
        .hasMessage("0-file of mail <7@x> is not what was stored in the drive");
  }

  @Test
  void headersOfTheInputSteerNothing() throws Exception {
    var attempt =
        attempt(xml(UblXml.invoice().replace("INV-1", "STEER")))
            .header("CamelFileName", "stolen")
            .header("cAmElOverruleFileName", "stolen");

    var exchange = attempt.exchange();

    assertThat(filed()).noneMatch(file -> file.endsWith("stolen"));
    assertThat(exchange.getMessage().getHeaders()).containsEntry("trackUserId", "tanaka");
    assertThat(exchange.getMessage().getHeaders().keySet())
        .allMatch(name -> name.startsWith("track"));
  }
}
