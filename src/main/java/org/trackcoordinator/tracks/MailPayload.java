package org.trackcoordinator.tracks;

import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.internet.InternetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.camel.Body;

/**
 * Turns a mail into the payload of a run.
 *
 * <p>It depends on nothing but the mail itself: a second delivery of the same mail gives an equal
 * payload, which is what lets the Message-ID start one run only. The time of receipt would differ,
 * so the mail's own date is taken.
 */
public class MailPayload {

  private static final int MAX_MESSAGE_ID = 500;

  /**
   * Reads a mail.
   *
   * @param mail as the mailbox holds it
   * @param maxBytes what the contents of all its attachments may have together, in bytes
   * @return {@code messageId, subject, from, sentAt, attachments: [{name, mediaType, size,
   *     content}]}, the content as bytes; when something can't be taken, {@code refused} says what
   *     and why, and the attachment has no content
   * @throws MessagingException if the mailbox can't be read; the mail is worth another try
   */
  public Map<String, Object> read(@Body Message mail, long maxBytes) throws MessagingException {
    var attachments = new MailAttachments(mail, maxBytes);
    var payload = new LinkedHashMap<String, Object>();
    payload.put("messageId", null);
    payload.put("subject", StorableText.of(mail.getSubject()));
    payload.put("from", from(mail));
    payload.put("sentAt", sentAt(mail));
    payload.put("attachments", attachments.taken());
    if (!attachments.refusals().isEmpty()) {
      payload.put("refused", String.join("; ", attachments.refusals()));
    }
    payload.put("messageId", messageId(mail, payload));
    return payload;
  }

  /**
   * Asks for the header, since a mail server may put its own time in the place of a missing one.
   */
  private static String sentAt(Message mail) throws MessagingException {
    var date = mail.getHeader("Date") == null ? null : mail.getSentDate();
    return date == null ? null : date.toInstant().toString();
  }

  private static String from(Message mail) {
    try {
      var from = mail.getFrom();
      if (from == null || from.length == 0) {
        return "";
      }
      return StorableText.of(
          from[0] instanceof InternetAddress address && address.getPersonal() != null
              ? address.getPersonal() + " <" + address.getAddress() + ">"
              : from[0].toString());
    } catch (MessagingException e) {
      return "";
    }
  }

  private static String messageId(Message mail, Map<String, Object> payload)
      throws MessagingException {
    var headers = mail.getHeader("Message-ID");
    var id = headers == null || headers.length == 0 ? "" : StorableText.of(headers[0]);
    return id.isEmpty() || id.length() > MAX_MESSAGE_ID
        ? "none, sha-256 of the mail: " + digest(payload)
        : id;
  }

  private static String digest(Map<String, Object> payload) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      for (var key : List.of("subject", "from", "sentAt")) {
        digest.update(bytes(payload.get(key)));
      }
      for (var attachment : (List<?>) payload.get("attachments")) {
        ((Map<?, ?>) attachment).values().forEach(value -> digest.update(bytes(value)));
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] bytes(Object value) {
    return value instanceof byte[] bytes ? bytes : (value + "\0").getBytes(StandardCharsets.UTF_8);
  }
}
