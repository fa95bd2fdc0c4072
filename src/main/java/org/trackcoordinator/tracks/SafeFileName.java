package org.trackcoordinator.tracks;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.regex.Pattern;

/**
 * Makes file names of text that strangers wrote: one path segment that means the same to every file
 * system and to every endpoint URI. Letters and digits of any script are kept, so a Japanese name
 * stays readable; only where Java runs in a locale that can't write it (LANG=C), a character
 * becomes its code point.
 */
public final class SafeFileName {

  /** Leaves room for a prefix and a suffix within the 255 bytes that file systems allow. */
  static final int MAX_BYTES = 180;

  private static final Pattern UNSAFE = Pattern.compile("[^\\p{L}\\p{M}\\p{N} ._()（）・「」【】-]+");
  private static final Pattern EXTENSION = Pattern.compile("\\.[A-Za-z0-9]{1,10}$");
  private static final Pattern RESERVED =
      Pattern.compile("(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\\..*)?");

  private static final Charset FILE_SYSTEM =
      Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

  private SafeFileName() {}

  /**
   * The last segment of a name, without anything that a path, a URI or Camel gives a meaning to.
   *
   * @param name any text, also null, empty, or a path
   * @return a name of 1 to 180 bytes in UTF-8, its extension kept; {@code unnamed} if nothing
   *     usable is left
   */
  public static String of(String name) {
    return atMost(MAX_BYTES, name);
  }

  /** As {@link #of(String)}, with room for {@code maxBytes} bytes in UTF-8 (at least 20). */
  static String atMost(int maxBytes, String name) {
    var text = Normalizer.normalize(name == null ? "" : name, Normalizer.Form.NFC);
    text = text.substring(Math.max(text.lastIndexOf('/'), text.lastIndexOf('\\')) + 1);
    text =
        writable(
            trim(UNSAFE.matcher(text).replaceAll("_").replaceAll("[.]{2,}", ".")), FILE_SYSTEM);
    if (text.isEmpty()) {
      return "unnamed";
    }
    if (RESERVED.matcher(text).matches()) {
      text = "_" + text;
    }
    var extension = extension(text);
    var stem = text.substring(0, text.length() - extension.length());
    return trim(cut(stem, maxBytes - extension.length())) + extension;
  }

  /**
   * The extension of a name with its dot, in the case that it has.
   *
   * @return empty if there is none of 1 to 10 letters and digits
   */
  static String extension(String name) {
    var matcher = EXTENSION.matcher(name);
    return matcher.find() && matcher.start() > 0 ? matcher.group() : "";
  }

  /** Java would write a question mark for each character that the file system's charset lacks. */
  static String writable(String text, Charset fileSystem) {
    var encoder = fileSystem.newEncoder();
    var writable = new StringBuilder();
    text.codePoints()
        .mapToObj(Character::toString)
        .forEach(
            character ->
                writable.append(
                    encoder.canEncode(character)
                        ? character
                        : "u%04X".formatted(character.codePointAt(0))));
    return writable.toString();
  }

  private static String trim(String text) {
    return text.replaceAll("^[ .]+|[ .]+$", "");
  }

  private static String cut(String text, int maxBytes) {
    var end = text.length();
    while (text.substring(0, end).getBytes(StandardCharsets.UTF_8).length > maxBytes) {
      end = text.offsetByCodePoints(end, -1);
    }
    return text.substring(0, end);
  }
}
