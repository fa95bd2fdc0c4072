package org.trackcoordinator.tracks;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.mail.Session;
import jakarta.mail.internet.MimeMessage;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Mails that the mail server of the tests can't even hold. */
@Tag("event-publisher")
class MailPayloadTest {

  private static Map<String, Object> read(String mail) throws Exception {
    var bytes = mail.replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8);
    return new MailPayload()
        .read(
            new MimeMessage(Session.getInstance(new Properties()), new ByteArrayInputStream(bytes)),
            1_000);
  }

  @Test
  void brokenStructureIsNamed() throws Exception {
    assertThat(
            read(
                "Message-ID: <1@x>\nContent-Type: multipart/mixed; boundary=b\n\nno part begins here\n"))
        .containsEntry("messageId", "<1@x>")
        .hasEntrySatisfying(
            "refused",
            refused -> assertThat(refused).asString().startsWith("its structure can't be read"));
  }

  @Test
  void nestingWithoutEndIsNamed() throws Exception {
    var mail = new StringBuilder("Message-ID: <2@x>\n");
    for (int i = 0; i < 50; i++) {
      mail.append("Content-Type: multipart/mixed; boundary=b")
          .append(i)
          .append("\n\n--b")
          .append(i)
          .append('\n');
    }

    assertThat(read(mail + "Content-Type: text/plain\n\nx\n").get("refused"))
        .asString()
        .contains("nested deeper than 20");
  }

  @Test
  void hugeMessageIdIsReplacedByADigest() throws Exception {
    assertThat(read("Message-ID: <" + "x".repeat(5_000) + "@x>\n\nx\n").get("messageId"))
        .asString()
        .startsWith("none, sha-256")
        .hasSizeLessThan(100);
  }

  @Test
  void forwardedMailIsAnAttachment() throws Exception {
    var payload =
        read(
            "Message-ID: <3@x>\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nSubject: inner\n\nx\n--b--\n");

    assertThat((List<?>) payload.get("attachments"))
        .singleElement()
        .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.MAP)
        .containsEntry("mediaType", "message/rfc822");
  }
}
