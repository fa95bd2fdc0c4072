package org.trackcoordinator.tracks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.camel.Body;
import org.apache.camel.CamelContext;
import org.apache.camel.Header;
import org.apache.camel.Variable;

/**
 * Shapes an invoice as a deal (取引) of the freee accounting API, {@code /api/1/deals}, and reads
 * what freee answers.
 *
 * <p>freee keeps books in whole yen. The deal is the invoice's amount with tax at the rate that the
 * invoice states, rounded half up once; each tax rate is a detail, rounded alike, and the largest
 * takes the yen by which the details would miss the total.
 */
public class FreeeDeal {

  private static final int MAX_REF_NUMBER = 20;
  private static final int MAX_MESSAGE = 500;
  private static final int CREATED = 201;
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  /**
   * The deal of an invoice.
   *
   * @param invoice what the track file-management hands on
   * @param context has the properties {@code freee.company-id}, {@code freee.account-item-id},
   *     {@code freee.tax-code.<rate>}
   * @throws FreeeException if it can't be booked: no exchange rate, a tax rate without a code
   */
  public Map<String, Object> of(@Body Map<String, Object> invoice, CamelContext context)
      throws FreeeException {
    var number = String.valueOf(invoice.get("invoiceNumber"));
    if (invoice.get("exchangeRateToJpy") == null) {
      throw new FreeeException(
          "invoice %s is in %s and states no rate to JPY"
              .formatted(number, invoice.get("currency")));
    }
    var deal = new LinkedHashMap<String, Object>();
    deal.put(
        "company_id",
        Long.valueOf(property(context, "freee.company-id", "the id of your company in freee")));
    deal.put("issue_date", LocalDate.parse(String.valueOf(invoice.get("issueDate"))).toString());
    putIfPresent(deal, "due_date", invoice.get("dueDate"));
    deal.put("type", "expense");
    putIfPresent(deal, "partner_code", invoice.get("supplierRegistrationNumber"));
    deal.put("ref_number", refNumber(number));
    deal.put("details", details(invoice, context));
    return deal;
  }

  /**
   * Reads an answer of freee.
   *
   * @throws FreeeException for every status but 2xx, with freee's messages, or the beginning of
   *     what else came
   */
  public Map<String, Object> answer(@Header("CamelHttpResponseCode") int status, @Body String body)
      throws FreeeException {
    if (status < 200 || status > 299) {
      throw new FreeeException(status, "freee answered " + status + ": " + messages(body));
    }
    try {
      @SuppressWarnings("unchecked")
      var answer = (Map<String, Object>) JSON.readValue(body == null ? "" : body, Map.class);
      return answer;
    } catch (JsonProcessingException e) {
      throw new FreeeException(
          status,
          "freee answered "
              + status
              + " with something that is no JSON object: "
              + shortened(body));
    }
  }

  /**
   * Looks for a deal that an earlier attempt booked: freee knows no idempotency key, so the
   * supplier and its invoice number are the key.
   *
   * @param answer freee's list of the deals of that day
   * @param deal what is to be booked
   * @return null if it is not there
   * @throws FreeeException if it is there with another amount, or if the list is not whole
   */
  public Map<String, Object> booked(
      @Body Map<String, Object> answer, @Variable("deal") Map<String, Object> deal)
      throws FreeeException {
    var deals = JSON.valueToTree(answer).path("deals");
    for (var there : deals) {
      if (there.path("ref_number").asText().equals(deal.get("ref_number"))
          && there.path("partner_code").asText("").equals(deal.getOrDefault("partner_code", ""))) {
        if (there.path("amount").asLong() != total(deal)) {
          throw new FreeeException(
              "freee has deal %s for invoice %s already, with %s yen instead of %s"
                  .formatted(
                      there.path("id"), deal.get("ref_number"), there.path("amount"), total(deal)));
        }
        return result(there, deal);
      }
    }
    var count = JSON.valueToTree(answer).path("meta").path("total_count").asLong();
    if (count > deals.size()) {
      throw new FreeeException(
          "freee lists %d of %d deals of %s; whether invoice %s is among them can't be told"
              .formatted(deals.size(), count, deal.get("issue_date"), deal.get("ref_number")));
    }
    return null;
  }

  /**
   * What the track hands on: {@code dealId, refNumber, issueDate, amount} (yen with tax) and {@code
   * vat} (yen).
   *
   * @param answer freee's answer to the new deal
   * @throws FreeeException if it holds no deal, or one with another amount
   */
  public Map<String, Object> created(
      @Body Map<String, Object> answer, @Variable("deal") Map<String, Object> deal)
      throws FreeeException {
    var created = JSON.valueToTree(answer).path("deal");
    if (!created.path("id").isIntegralNumber() || created.path("amount").asLong() != total(deal)) {
      throw new FreeeException(
          CREATED,
          "freee was to book "
              + total(deal)
              + " yen and answered "
              + shortened(created.toString()));
    }
    return result(created, deal);
  }

  private static Map<String, Object> result(JsonNode there, Map<String, Object> deal) {
    var result = new LinkedHashMap<String, Object>();
    result.put("dealId", there.path("id").asLong());
    result.put("refNumber", deal.get("ref_number"));
    result.put("issueDate", deal.get("issue_date"));
    result.put("amount", total(deal));
    result.put("vat", sum(deal, "vat"));
    return result;
  }

  private static List<Map<String, Object>> details(
      Map<String, Object> invoice, CamelContext context) throws FreeeException {
    var rate = decimal(invoice.get("exchangeRateToJpy"));
    var missing = yen(decimal(invoice.get("taxInclusiveAmount")), rate);
    var details = new ArrayList<Map<String, Object>>();
    for (var part : (List<?>) invoice.get("taxes")) {
      var tax = (Map<?, ?>) part;
      var percent = decimal(tax.get("rate")).stripTrailingZeros().toPlainString();
      var amount = yen(decimal(tax.get("taxableAmount")).add(decimal(tax.get("taxAmount"))), rate);
      var vat = yen(decimal(tax.get("taxAmount")), rate);
      missing -= amount;
      var detail = new LinkedHashMap<String, Object>();
      detail.put(
          "tax_code",
          Long.valueOf(
              property(
                  context, "freee.tax-code." + percent, "freee's tax code for " + percent + " %")));
      detail.put(
          "account_item_id",
          Long.valueOf(
              property(context, "freee.account-item-id", "the account item to book invoices on")));
      detail.put("amount", amount);
      // freee refuses a tax amount for a tax code that has none
      putIfPresent(detail, "vat", vat == 0 ? null : vat);
      detail.put(
          "description",
          "%s %s (%s %%)"
              .formatted(invoice.get("supplier"), invoice.get("invoiceNumber"), percent));
      details.add(detail);
    }
    if (Math.abs(missing) > details.size()) {
      throw new FreeeException(
          "invoice %s does not add up: its tax rates make %d yen more or less than its total"
              .formatted(invoice.get("invoiceNumber"), Math.abs(missing)));
    }
    var largest =
        details.stream()
            .max((a, b) -> Long.compare((long) a.get("amount"), (long) b.get("amount")))
            .orElseThrow();
    largest.put("amount", (long) largest.get("amount") + missing);
    return details;
  }

  /**
   * At most 20 characters, as freee allows: a longer number is cut and marked with its digest, so
   * that it stays one of its own.
   */
  private static String refNumber(String number) {
    if (number.length() <= MAX_REF_NUMBER) {
      return number;
    }
    try {
      var digest =
          MessageDigest.getInstance("SHA-256").digest(number.getBytes(StandardCharsets.UTF_8));
      return number.substring(0, MAX_REF_NUMBER - 9) + "-" + HexFormat.of().formatHex(digest, 0, 4);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static long yen(BigDecimal amount, BigDecimal rate) {
    return amount.multiply(rate).setScale(0, RoundingMode.HALF_UP).longValueExact();
  }

  private static long total(Map<String, Object> deal) {
    return sum(deal, "amount");
  }

  private static long sum(Map<String, Object> deal, String field) {
    return ((List<?>) deal.get("details"))
        .stream()
            .mapToLong(
                detail ->
                    ((Map<?, ?>) detail).get(field) instanceof Number number
                        ? number.longValue()
                        : 0)
            .sum();
  }

  private static BigDecimal decimal(Object number) {
    return new BigDecimal(String.valueOf(number));
  }

  private static String property(CamelContext context, String key, String meaning)
      throws FreeeException {
    var value = context.getPropertiesComponent().resolveProperty(key).orElse("");
    if (!value.matches("[0-9]{1,18}")) {
      throw new FreeeException(
          "property " + key + " is '" + value + "'; it has to be a number: " + meaning);
    }
    return value;
  }

  private static void putIfPresent(Map<String, Object> map, String key, Object value) {
    if (value != null) {
      map.put(key, value);
    }
  }

  private static String messages(String body) {
    try {
      var messages = new ArrayList<String>();
      JSON.readTree(body == null ? "" : body)
          .path("errors")
          .forEach(error -> error.path("messages").forEach(m -> messages.add(m.asText())));
      return shortened(messages.isEmpty() ? body : String.join("; ", messages));
    } catch (JsonProcessingException e) {
      return shortened(body);
    }
  }

  private static String shortened(String text) {
    var line = (text == null ? "" : text).replaceAll("[\\p{Cc}\\p{Cs}]+", " ").strip();
    return line.length() <= MAX_MESSAGE
        ? line
        : line.substring(0, line.offsetByCodePoints(0, MAX_MESSAGE / 2)) + " …";
  }
}
