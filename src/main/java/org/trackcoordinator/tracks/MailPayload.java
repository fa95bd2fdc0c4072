package org.trackcoordinator.tracks;

import jakarta.mail.Address;
import jakarta.mail.BodyPart;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.Multipart;
import jakarta.mail.Part;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeUtility;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.camel.Body;

/**
 * Turns a mail into the payload of a run.
 *
 * <p>It depends on nothing but the mail itself: a second delivery of the same mail gives an equal
 * payload, which is what lets the Message-ID start one run only. The time of receipt would differ,
 * so the mail's own date is taken.
 */
public class MailPayload {

  private static final int MAX_TEXT = 1_000;
  private static final int MAX_PARTS = 1_000;
  private static final int MAX_DEPTH = 20;
  private static final Pattern NOT_STORABLE = Pattern.compile("[\\p{Cc}\\p{Cs}]+");

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
    var attachments = new ArrayList<Map<String, Object>>();
    var refusals = new ArrayList<String>();
    try {
      collect(mail, 0, attachments, refusals, maxBytes);
    } catch (IOException e) {
      refusals.add("its structure can't be read: " + text(e.getMessage()));
    }
    var payload = new LinkedHashMap<String, Object>();
    payload.put("messageId", "");
    payload.put("subject", text(mail.getSubject()));
    payload.put("from", from(mail));
    payload.put(
        "sentAt", mail.getSentDate() == null ? null : mail.getSentDate().toInstant().toString());
    payload.put("attachments", attachments);
    if (!refusals.isEmpty()) {
      payload.put("refused", String.join("; ", refusals));
    }
    payload.put("messageId", messageId(mail, payload));
    return payload;
  }

  private static void collect(
      Part part,
      int depth,
      List<Map<String, Object>> attachments,
      List<String> refusals,
      long maxBytes)
      throws MessagingException, IOException {
    if (depth > MAX_DEPTH || attachments.size() >= MAX_PARTS) {
      throw new IOException(
          "more than " + MAX_PARTS + " parts, or nested deeper than " + MAX_DEPTH);
    }
    if (part.isMimeType("multipart/*") && part.getContent() instanceof Multipart parts) {
      for (int i = 0; i < parts.getCount(); i++) {
        collect(parts.getBodyPart(i), depth + 1, attachments, refusals, maxBytes);
      }
    } else if (isAttachment(part)) {
      attachments.add(attachment(part, attachments, refusals, maxBytes));
    }
  }

  /** Anything that is not the text of the mail itself. */
  private static boolean isAttachment(Part part) throws MessagingException {
    return Part.ATTACHMENT.equalsIgnoreCase(part.getDisposition())
        || fileName(part) != null
        || part instanceof BodyPart
            && !part.isMimeType("text/plain")
            && !part.isMimeType("text/html");
  }

  private static Map<String, Object> attachment(
      Part part, List<Map<String, Object>> before, List<String> refusals, long maxBytes) {
    var attachment = new LinkedHashMap<String, Object>();
    var name = "attachment-" + (before.size() + 1);
    try {
      var given = fileName(part);
      name = given == null ? name : text(given);
      attachment.put("name", name);
      attachment.put("mediaType", mediaType(part));
      var left =
          maxBytes
              - before.stream()
                  .mapToLong(a -> a.get("content") instanceof byte[] bytes ? bytes.length : 0)
                  .sum();
      try (var stream = part.getInputStream()) {
        var content = stream.readNBytes((int) Math.min(Integer.MAX_VALUE - 8L, left + 1));
        if (content.length > left) {
          var size = content.length + stream.transferTo(java.io.OutputStream.nullOutputStream());
          attachment.put("size", size);
          refusals.add(
              "attachment "
                  + name
                  + " has "
                  + size
                  + " bytes; "
                  + left
                  + " of "
                  + maxBytes
                  + " are left for it (gmail.max-attachment-bytes)");
        } else {
          attachment.put("size", content.length);
          attachment.put("content", content);
        }
      }
    } catch (IOException | UncheckedIOException | MessagingException e) {
      attachment.putIfAbsent("name", name);
      refusals.add("attachment " + name + " can't be read: " + text(e.getMessage()));
    }
    return attachment;
  }

  private static String fileName(Part part) throws MessagingException {
    var name = part.getFileName();
    if (name == null || name.isBlank()) {
      return null;
    }
    try {
      return MimeUtility.decodeText(name);
    } catch (IOException e) {
      return name;
    }
  }

  private static String mediaType(Part part) throws MessagingException {
    var type = text(part.getContentType());
    var end = type.indexOf(';');
    return (end < 0 ? type : type.substring(0, end)).strip().toLowerCase(Locale.ROOT);
  }

  private static String from(Message mail) {
    try {
      Address[] from = mail.getFrom();
      if (from == null || from.length == 0) {
        return "";
      }
      return text(
          from[0] instanceof InternetAddress address
              ? address.toUnicodeString()
              : from[0].toString());
    } catch (MessagingException e) {
      return "";
    }
  }

  private static String messageId(Message mail, Map<String, Object> payload)
      throws MessagingException {
    var headers = mail.getHeader("Message-ID");
    var id = headers == null || headers.length == 0 ? "" : text(headers[0]);
    return id.isEmpty() || id.length() >= MAX_TEXT
        ? "none, sha-256 of the mail: " + digest(payload)
        : id;
  }

  private static String digest(Map<String, Object> payload) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      for (var key : List.of("subject", "from", "sentAt")) {
        digest.update((payload.get(key) + "\0").getBytes(StandardCharsets.UTF_8));
      }
      for (var attachment : (List<?>) payload.get("attachments")) {
        ((Map<?, ?>) attachment)
            .forEach(
                (key, value) ->
                    digest.update(
                        value instanceof byte[] bytes
                            ? bytes
                            : (value + "\0").getBytes(StandardCharsets.UTF_8)));
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * One line without what JSON in PostgreSQL can't hold (NUL, half a character), of at most 1,000
   * characters.
   */
  private static String text(String value) {
    var line = NOT_STORABLE.matcher(value == null ? "" : value).replaceAll(" ").strip();
    return line.codePointCount(0, line.length()) <= MAX_TEXT
        ? line
        : line.substring(0, line.offsetByCodePoints(0, MAX_TEXT));
  }
}
