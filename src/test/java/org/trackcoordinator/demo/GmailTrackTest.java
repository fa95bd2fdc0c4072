package org.trackcoordinator.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import jakarta.mail.Flags;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.internet.MimeMessage;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.Exchange;
import org.apache.camel.ServiceStatus;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("event-publisher")
class GmailTrackTest extends TrackRoutes {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final DemoMailbox mailbox = new DemoMailbox();
  private final Set<String> refused = ConcurrentHashMap.newKeySet();
  private MockEndpoint starts;

  @Override
  Map<String, String> settings() {
    var settings = new HashMap<>(mailbox.properties());
    settings.put("gmail.poll-delay", "200");
    settings.put("gmail.max-attachment-bytes", "1000");
    return settings;
  }

  @BeforeEach
  void watchStarts() {
    starts = context.getEndpoint("mock:start-invoice-intake-gmail", MockEndpoint.class);
    starts.whenAnyExchangeReceived(
        exchange -> {
          if (refused.remove(key(exchange))) {
            throw new IllegalStateException("the database is away");
          }
        });
  }

  @AfterAll
  void close() {
    context.stop();
    mailbox.close();
  }

  private static String key(Exchange start) {
    return start.getMessage().getHeader("trackIdempotencyKey", String.class);
  }

  /** The starts with this key, as soon as there are so many. */
  private List<Exchange> starts(String key, int count) {
    return await()
        .atMost(PATIENCE)
        .until(
            () -> starts.getExchanges().stream().filter(start -> key.equals(key(start))).toList(),
            found -> found.size() >= count);
  }

  private static Map<String, Object> payload(Exchange start) {
    return map(text(start.getMessage().getBody()));
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> attachments(Map<String, Object> payload) {
    return (List<Map<String, Object>>) payload.get("attachments");
  }

  /** Delivers a mail of this text, headers first, and returns its Message-ID. */
  private String deliver(String text) throws MessagingException {
    var id = "<" + UUID.randomUUID() + "@x>";
    deliverAs(id, text);
    return id;
  }

  private void deliverAs(String id, String text) throws MessagingException {
    mailbox.deliver(mail("Message-ID: " + id + "\n" + text));
  }

  private static MimeMessage mail(String text) throws MessagingException {
    var bytes = text.replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8);
    return new MimeMessage(Session.getInstance(new Properties()), new ByteArrayInputStream(bytes));
  }

  private MimeMessage inMailbox(String id) throws MessagingException {
    for (var mail : mailbox.mails()) {
      if (id.equals(mail.getHeader("Message-ID", null))) {
        return mail;
      }
    }
    throw new AssertionError(id + " is gone");
  }

  private static String withAttachments(String headers, String... parts) {
    var text =
        new StringBuilder(headers)
            .append(
                "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nhello\n");
    for (var part : parts) {
      text.append("--b\n").append(part).append('\n');
    }
    return text.append("--b--\n").toString();
  }

  private static String attachment(String disposition, String content) {
    return "Content-Type: application/pdf\nContent-Disposition: attachment; "
        + disposition
        + "\nContent-Transfer-Encoding: base64\n\n"
        + Base64.getMimeEncoder().encodeToString(content.getBytes(StandardCharsets.UTF_8))
        + "\n";
  }

  @Test
  void startsARunAndMarksTheMailSeen() throws Exception {
    var mail = DemoMails.all().get(0);
    var id = mail.getMessageID();
    assertThat(id).isNotEmpty();
    mailbox.deliver(withId(mail, "<start@x>"));

    var start = starts("<start@x>", 1).get(0);

    var payload = payload(start);
    assertThat(payload)
        .containsEntry("messageId", "<start@x>")
        .containsEntry("subject", "請求書 INV-2026-0917 のご送付（株式会社青空商事）")
        .containsEntry("from", "株式会社青空商事 <01-aozora-shoji@mail.example>")
        .containsEntry("sentAt", "2026-09-30T01:30:00Z");
    await().atMost(PATIENCE).until(() -> inMailbox("<start@x>").isSet(Flags.Flag.SEEN));
    assertThat(start.getMessage().getHeaders()).containsOnlyKeys("trackIdempotencyKey");
  }

  @Test
  void isASourceThatCanBeSuspendedAndTakesLaterWhatCameMeanwhile() throws Exception {
    assertThat(context.getRoute("gmail").getGroup()).isEqualTo("track-sources");
    context.getRouteController().suspendRoute("gmail");
    assertThat(context.getRouteController().getRouteStatus("gmail"))
        .isEqualTo(ServiceStatus.Suspended);
    var id = deliver("Subject: later\n\nhello\n");
    context.getRouteController().resumeRoute("gmail");
    starts(id, 1);
  }

  private static MimeMessage withId(MimeMessage mail, String id) throws MessagingException {
    var copy = new MimeMessage(mail);
    copy.setHeader("Message-ID", id);
    return copy;
  }

  @Test
  void handsOnNamesTypesSizesAndContents() throws Exception {
    var id =
        deliver(
            withAttachments(
                "Subject: names\n",
                attachment(
                    "filename=\"=?UTF-8?B?"
                        + Base64.getEncoder()
                            .encodeToString("請求書.pdf".getBytes(StandardCharsets.UTF_8))
                        + "?=\"",
                    "いろは"),
                attachment("filename*=UTF-8''%E8%A6%8B%E7%A9%8D.pdf", "b"),
                attachment("filename=twice.pdf", "c"),
                attachment("filename=twice.pdf", "d"),
                attachment("x=y", "")));

    var attachments = attachments(payload(starts(id, 1).get(0)));

    assertThat(attachments)
        .extracting(a -> a.get("name"))
        .containsExactly("請求書.pdf", "見積.pdf", "twice.pdf", "twice.pdf", "attachment-5");
    assertThat(attachments).extracting(a -> a.get("size")).containsExactly(9, 1, 1, 1, 0);
    assertThat(attachments)
        .allSatisfy(a -> assertThat(a).containsEntry("mediaType", "application/pdf"));
    assertThat(
            new String(
                Base64.getDecoder().decode(String.valueOf(attachments.get(0).get("content"))),
                StandardCharsets.UTF_8))
        .isEqualTo("いろは");
  }

  @Test
  void sameMailTwiceGivesTheSameKeyAndPayload() throws Exception {
    var text =
        withAttachments(
            "Subject: twice\nDate: Sun, 1 Nov 2026 10:00:00 +0900\n",
            attachment("filename=a.pdf", "a"));
    var id = deliver(text);
    starts(id, 1);
    deliverAs(id, "Received: by another server\n" + text);

    var both = starts(id, 2);

    assertThat(text(both.get(1).getMessage().getBody()))
        .isEqualTo(text(both.get(0).getMessage().getBody()));
  }

  @Test
  void mailWhoseStartFailsStaysUnseenAndIsTakenAgain() throws Exception {
    var id = "<again@x>";
    refused.add(id);
    deliverAs(id, "Subject: again\n\nhello\n");
    var other = deliver("Subject: the other\n\nhello\n");

    starts(id, 1);
    assertThat(inMailbox(id).isSet(Flags.Flag.SEEN)).isFalse();
    starts(other, 1);

    starts(id, 2);
    await().atMost(PATIENCE).until(() -> inMailbox(id).isSet(Flags.Flag.SEEN));
  }

  @Test
  void mailHeadersSteerNothing() throws Exception {
    var id =
        deliver(
            "Subject: hostile\nCamelHttpUri: http://evil\ncamelfilename: ../../x\nCAMELSQLQUERY: drop\ndelete: true\nmoveTo: Trash\ncopyTo: Trash\n"
                + "trackCorrelationId: 00000000-0000-0000-0000-000000000000\ntrackUserId: admin\ntrackIdempotencyKey: mine\n\nhello\n");

    var start = starts(id, 1).get(0);

    assertThat(start.getMessage().getHeaders()).containsOnlyKeys("trackIdempotencyKey");
    await().atMost(PATIENCE).until(() -> inMailbox(id).isSet(Flags.Flag.SEEN));
    assertThat(inMailbox(id).isSet(Flags.Flag.DELETED)).isFalse();
  }

  @Test
  void tooLargeAttachmentsAreNamedInTheRun() throws Exception {
    var id =
        deliver(
            withAttachments(
                "Subject: large\n",
                attachment("filename=small.pdf", "x".repeat(600)),
                attachment("filename=large.pdf", "y".repeat(401))));

    var payload = payload(starts(id, 1).get(0));

    assertThat(payload)
        .containsEntry(
            "refused",
            "attachment large.pdf has 401 bytes; 400 of 1000 are left for it (gmail.max-attachment-bytes)");
    assertThat(attachments(payload).get(0)).containsKey("content");
    assertThat(attachments(payload).get(1)).doesNotContainKey("content").containsEntry("size", 401);
  }

  @Test
  void attachmentsUpToTheLimitAreTaken() throws Exception {
    var id =
        deliver(
            withAttachments("Subject: full\n", attachment("filename=full.pdf", "x".repeat(1000))));

    assertThat(payload(starts(id, 1).get(0))).doesNotContainKey("refused");
  }

  @Test
  void mailWithoutMessageIdIsKnownByItsContent() throws Exception {
    var text =
        withAttachments(
            "Subject: nameless\nDate: Sun, 1 Nov 2026 10:00:00 +0900\n",
            attachment("filename=a.pdf", "a"));
    mailbox.deliver(mail(text));
    mailbox.deliver(mail("Received: again\n" + text));
    mailbox.deliver(mail(text.replace("nameless", "nameless, another")));

    var keys =
        await()
            .atMost(PATIENCE)
            .until(
                () ->
                    starts.getExchanges().stream()
                        .filter(
                            s -> String.valueOf(payload(s).get("subject")).startsWith("nameless"))
                        .map(GmailTrackTest::key)
                        .toList(),
                found -> found.size() >= 3);

    assertThat(keys.get(0))
        .isEqualTo(keys.get(1))
        .startsWith("none, sha-256 of the mail: ")
        .isNotEqualTo(keys.get(2));
  }

  @Test
  void textIsStorableAndNeverEvaluated() throws Exception {
    var id =
        deliver(
            "Subject: =?UTF-8?Q?a=00b=07_${bean:x}_{{env:PATH}}?=\nFrom: \"${body}\" <a@x>\n\nhello\n");

    var payload = payload(starts(id, 1).get(0));

    assertThat(payload)
        .containsEntry("subject", "a b  ${bean:x} {{env:PATH}}")
        .containsEntry("from", "${body} <a@x>");
    assertThat(payload).containsEntry("attachments", List.of()).containsEntry("sentAt", null);
  }

  @Test
  void unreadableAttachmentIsNamedInTheRunAndHoldsUpNoOther() throws Exception {
    var charset =
        deliver(
            withAttachments(
                "Subject: charset\n",
                "Content-Type: application/xml; charset=no-such\nContent-Disposition: attachment; filename=a.xml\nContent-Transfer-Encoding: no-such\n\n<a/>\n"));
    var other = deliver("Subject: fine\n\nhello\n");

    starts(other, 1);
    assertThat(payload(starts(charset, 1).get(0)).get("refused"))
        .asString()
        .startsWith("attachment a.xml can't be read");
  }
}
