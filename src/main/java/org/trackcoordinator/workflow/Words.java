package org.trackcoordinator.workflow;

import java.util.Collection;
import java.util.Locale;

/** Wording of messages: quoting what a user wrote, guessing what they meant. */
public final class Words {

  private static final int LONGEST = 80;

  /** Comparing one name with all others is for people's files, not for generated ones of 10 MB. */
  private static final int MOST_COMPARED = 20_000;

  private Words() {}

  /** The text in quotes, shortened. */
  public static String quote(String text) {
    return "'" + shorten(text) + "'";
  }

  /** One line of at most 80 characters: a message must neither break nor flood a terminal. */
  public static String shorten(String text) {
    StringBuilder out = new StringBuilder();
    text.codePoints()
        .limit(LONGEST + 1L)
        .forEach(
            c -> {
              if (Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE) {
                out.append(String.format("\\u%04X", c));
              } else {
                out.appendCodePoint(c);
              }
            });
    return out.length() > LONGEST
        ? out.substring(0, out.offsetByCodePoints(0, LONGEST)) + "…"
        : out.toString();
  }

  /** {@code , did you mean 'gmail'?}, or {@code otherwise} if no candidate is near. */
  public static String didYouMean(String written, Collection<String> candidates, String otherwise) {
    if (candidates.size() > MOST_COMPARED || written.length() > 200) {
      return otherwise;
    }
    String best = null;
    int least = Math.max(1, written.length() / 3) + 1;
    for (String candidate : candidates) {
      if (Math.abs(candidate.length() - written.length()) < least) {
        int distance =
            distance(written.toLowerCase(Locale.ROOT), candidate.toLowerCase(Locale.ROOT));
        if (distance < least) {
          least = distance;
          best = candidate;
        }
      }
    }
    return best == null ? otherwise : ", did you mean " + quote(best) + "?";
  }

  /** Edits from one word to the other; two swapped neighbours are one edit. */
  private static int distance(String a, String b) {
    int[] beforeLast = new int[b.length() + 1];
    int[] last = new int[b.length() + 1];
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      last[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = last[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(replaced, 1 + Math.min(last[j], row[j - 1]));
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
        }
      }
      int[] free = beforeLast;
      beforeLast = last;
      last = row;
      row = free;
    }
    return last[b.length()];
  }
}
