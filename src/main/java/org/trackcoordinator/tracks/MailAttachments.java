package org.trackcoordinator.tracks;

import jakarta.mail.BodyPart;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.Multipart;
import jakarta.mail.Part;
import jakarta.mail.internet.MimeUtility;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The attachments of a mail in their order, and what could not be taken of them. */
final class MailAttachments {

  private static final int MAX_PARTS = 1_000;
  private static final int MAX_DEPTH = 20;

  private final Message mail;
  private final long maxBytes;
  private final List<Map<String, Object>> taken = new ArrayList<>();
  private final List<String> refusals = new ArrayList<>();
  private long bytes;

  /**
   * Reads them.
   *
   * @param maxBytes what all their contents may have together
   * @throws MessagingException if the mailbox is gone; what is wrong with the mail itself is a
   *     refusal
   */
  MailAttachments(Message mail, long maxBytes) throws MessagingException {
    this.mail = mail;
    this.maxBytes = maxBytes;
    try {
      collect(mail, 0);
    } catch (IOException | MessagingException e) {
      refuse("its structure can't be read", e);
    }
  }

  /** Each with {@code name, mediaType, size, content}; without content where it was refused. */
  List<Map<String, Object>> taken() {
    return taken;
  }

  /** What was refused and why; empty if the mail was taken whole. */
  List<String> refusals() {
    return refusals;
  }

  private void collect(Part part, int depth) throws MessagingException, IOException {
    if (depth > MAX_DEPTH || taken.size() >= MAX_PARTS) {
      throw new IOException(
          "more than " + MAX_PARTS + " parts, or nested deeper than " + MAX_DEPTH);
    }
    if (part.isMimeType("multipart/*") && part.getContent() instanceof Multipart parts) {
      for (int i = 0; i < parts.getCount(); i++) {
        collect(parts.getBodyPart(i), depth + 1);
      }
    } else if (isAttachment(part)) {
      take(part);
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

  private void take(Part part) throws MessagingException {
    var given = fileName(part);
    var name = given == null ? "attachment-" + (taken.size() + 1) : StorableText.of(given);
    var attachment = new LinkedHashMap<String, Object>();
    attachment.put("name", name);
    attachment.put("mediaType", mediaType(part));
    taken.add(attachment);
    try (var stream = part.getInputStream()) {
      var left = maxBytes - bytes;
      var content = stream.readNBytes((int) Math.min(Integer.MAX_VALUE - 8L, left + 1));
      if (content.length > left) {
        var size = content.length + stream.transferTo(OutputStream.nullOutputStream());
        attachment.put("size", size);
        refusals.add(
            "attachment %s has %d bytes; %d of %d are left for it (gmail.max-attachment-bytes)"
                .formatted(name, size, left, maxBytes));
      } else {
        attachment.put("size", content.length);
        attachment.put("content", content);
        bytes += content.length;
      }
    } catch (IOException | MessagingException e) {
      refuse("attachment " + name + " can't be read", e);
    }
  }

  private void refuse(String what, Exception why) throws MessagingException {
    var folder = mail.getFolder();
    if (folder != null && !folder.isOpen()) {
      throw new MessagingException("the mailbox is gone while a mail is read", why);
    }
    refusals.add(what + ": " + StorableText.of(why.getMessage()));
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
    var type = StorableText.of(part.getContentType());
    var end = type.indexOf(';');
    return (end < 0 ? type : type.substring(0, end)).strip().toLowerCase(Locale.ROOT);
  }
}
