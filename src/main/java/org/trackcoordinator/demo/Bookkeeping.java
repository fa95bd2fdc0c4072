package org.trackcoordinator.demo;

import com.fasterxml.jackson.databind.JsonNode;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.Multipart;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Compares the books with the mailbox, on its own way: it shares no code with the tracks, so that a
 * mistake of theirs can't hide itself.
 *
 * @param invoices how many different invoices lie in the mailbox
 * @param invoiced their sum in yen
 * @param deals how many deals are booked
 * @param booked their sum in yen
 * @param differences one line for each invoice that is missing, booked twice, booked with another
 *     amount, or booked without a mail
 */
record Bookkeeping(int invoices, long invoiced, int deals, long booked, List<String> differences) {

  private static final Pattern NUMBER = Pattern.compile("<cbc:ID>([^<]+)</cbc:ID>");
  private static final Pattern PAYABLE = Pattern.compile("<cbc:PayableAmount[^>]*>([^<]+)<");
  private static final Pattern RATE = Pattern.compile("<cbc:CalculationRate>([^<]+)<");

  /** True if each invoice is booked once, to the yen. */
  boolean balances() {
    return differences.isEmpty();
  }

  /**
   * Compares.
   *
   * @param mails all that lie in the mailbox; a mail that was delivered twice counts once
   * @param deals as freee has them
   */
  static Bookkeeping compare(List<? extends Message> mails, List<JsonNode> deals)
      throws MessagingException, IOException {
    var invoiced = new LinkedHashMap<String, Long>();
    for (var mail : mails) {
      invoiced.putAll(invoice(mail));
    }
    var differences = new ArrayList<String>();
    var booked = new LinkedHashMap<String, List<Long>>();
    for (var deal : deals) {
      booked
          .computeIfAbsent(deal.path("ref_number").asText(), number -> new ArrayList<>())
          .add(deal.path("amount").asLong());
    }
    invoiced.forEach(
        (number, yen) -> {
          var amounts = booked.getOrDefault(number, List.of());
          if (amounts.size() != 1) {
            differences.add(
                "invoice %s of %,d yen is booked %d times".formatted(number, yen, amounts.size()));
          } else if (!amounts.get(0).equals(yen)) {
            differences.add(
                "invoice %s of %,d yen is booked with %,d yen"
                    .formatted(number, yen, amounts.get(0)));
          }
        });
    booked.forEach(
        (number, amounts) -> {
          if (!invoiced.containsKey(number)) {
            differences.add(
                "%s is booked with %s yen, and no mail has such an invoice"
                    .formatted(number, amounts));
          }
        });
    return new Bookkeeping(
        invoiced.size(),
        sum(invoiced.values()),
        deals.size(),
        booked.values().stream().mapToLong(Bookkeeping::sum).sum(),
        differences);
  }

  /** The number and the yen of the e-invoice in a mail; empty if there is none. */
  private static Map<String, Long> invoice(Message mail) throws MessagingException, IOException {
    if (mail.getContent() instanceof Multipart parts) {
      for (int i = 0; i < parts.getCount(); i++) {
        var xml = new String(parts.getBodyPart(i).getInputStream().readAllBytes(), "UTF-8");
        var payable = PAYABLE.matcher(xml);
        if (payable.find()) {
          var rate = RATE.matcher(xml);
          var yen =
              new BigDecimal(payable.group(1))
                  .multiply(rate.find() ? new BigDecimal(rate.group(1)) : BigDecimal.ONE);
          return Map.of(
              first(NUMBER.matcher(xml)), yen.setScale(0, RoundingMode.HALF_UP).longValueExact());
        }
      }
    }
    return Map.of();
  }

  private static String first(Matcher matcher) {
    return matcher.find() ? matcher.group(1) : "";
  }

  private static long sum(Iterable<Long> amounts) {
    long sum = 0;
    for (var amount : amounts) {
      sum += amount;
    }
    return sum;
  }
}
