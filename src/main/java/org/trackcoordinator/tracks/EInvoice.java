package org.trackcoordinator.tracks;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.camel.Body;
import org.apache.camel.Variable;

/**
 * Finds the structured e-invoice among the files of a mail and reads it: UBL 2.1 in the way of
 * Peppol BIS Billing 3 and JP PINT.
 *
 * <p>Amounts are taken to the last digit and must add up; a bookkeeper would not book an invoice
 * that doesn't either.
 */
public class EInvoice {

  private static final Pattern CURRENCY = Pattern.compile("[A-Z]{3}");
  private static final Pattern REGISTRATION = Pattern.compile("T[0-9]{13}");
  private static final String TOTALS = "LegalMonetaryTotal/";

  /**
   * Reads one file.
   *
   * @param xml its content
   * @param file its {@code name}
   * @return {@code invoice} with the fields, or {@code problem} with the reason why it is none
   */
  public Map<String, Object> read(@Body byte[] xml, @Variable("file") Map<String, Object> file) {
    try {
      return Map.of("invoice", fields(UblDocument.parse(xml)));
    } catch (UnreadableInvoiceException e) {
      return Map.of("problem", file.get("name") + " " + e.getMessage());
    }
  }

  /**
   * The invoice of a mail.
   *
   * @param readings what {@link #read} gave for each file, and {@code problem} for those that it
   *     was not asked about
   * @param mail its {@code messageId, subject, from}
   * @throws UnreadableInvoiceException unless exactly one file is an invoice
   */
  public Map<String, Object> only(
      @Body List<Map<String, Object>> readings, @Variable("mail") Map<String, Object> mail)
      throws UnreadableInvoiceException {
    var invoices = readings.stream().filter(r -> r.containsKey("invoice")).toList();
    if (invoices.size() == 1) {
      @SuppressWarnings("unchecked")
      var invoice = (Map<String, Object>) invoices.get(0).get("invoice");
      return invoice;
    }
    var found =
        readings.isEmpty()
            ? "it has no attachment"
            : invoices.size() > 1
                ? invoices.size() + " files are invoices, and a run books one: send them one by one"
                : String.join(
                    "; ", readings.stream().map(r -> String.valueOf(r.get("problem"))).toList());
    throw new UnreadableInvoiceException(
        "mail %s \"%s\" from %s has no readable e-invoice (UBL 2.1 XML): %s"
            .formatted(mail.get("messageId"), mail.get("subject"), mail.get("from"), found));
  }

  /**
   * Names the documents of an invoice {@code <supplier>/<issue
   * date>_<supplier>_<number>.<extension>}; further ones of the same extension get {@code _2},
   * {@code _3} …
   *
   * @param invoice its {@code supplier, issueDate, invoiceNumber}
   * @param mail its {@code files}
   * @return the files, each with {@code folder} and {@code fileName}
   */
  public List<Map<String, Object>> documents(
      @Variable("invoice") Map<String, Object> invoice,
      @Variable("mail") Map<String, Object> mail) {
    var supplier =
        SafeFileName.atMost(90, String.valueOf(invoice.get("supplier")).replace('/', '_'));
    var number =
        SafeFileName.atMost(90, String.valueOf(invoice.get("invoiceNumber")).replace('/', '_'));
    var taken = new HashMap<String, Integer>();
    var documents = new ArrayList<Map<String, Object>>();
    for (var file : (List<?>) mail.get("files")) {
      var document = new LinkedHashMap<String, Object>();
      ((Map<?, ?>) file).forEach((key, value) -> document.put(String.valueOf(key), value));
      var extension =
          SafeFileName.extension(String.valueOf(document.get("name"))).toLowerCase(Locale.ROOT);
      var count = taken.merge(extension, 1, Integer::sum);
      document.put("folder", supplier);
      document.put(
          "fileName",
          invoice.get("issueDate")
              + "_"
              + supplier
              + "_"
              + number
              + (count == 1 ? "" : "_" + count)
              + extension);
      documents.add(document);
    }
    return documents;
  }

  private static Map<String, Object> fields(UblDocument invoice) throws UnreadableInvoiceException {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("supplier", supplier(invoice));
    fields.put("supplierRegistrationNumber", registrationNumber(invoice));
    fields.put("invoiceNumber", invoice.text("ID"));
    fields.put("issueDate", invoice.date("IssueDate").toString());
    fields.put(
        "dueDate", invoice.all("DueDate").isEmpty() ? null : invoice.date("DueDate").toString());
    var currency = invoice.text("DocumentCurrencyCode");
    if (!CURRENCY.matcher(currency).matches()) {
      throw new UnreadableInvoiceException(
          "DocumentCurrencyCode is '" + currency + "', not a code such as JPY");
    }
    fields.put("currency", currency);
    fields.put("exchangeRateToJpy", exchangeRate(invoice, currency));
    for (var total : List.of("LineExtension", "TaxExclusive", "TaxInclusive", "Payable")) {
      fields.put(
          Character.toLowerCase(total.charAt(0)) + total.substring(1) + "Amount",
          invoice.amount(TOTALS + total + "Amount", currency));
    }
    var taxTotal = taxTotal(invoice, currency);
    fields.put("taxAmount", taxTotal.amount("TaxAmount", currency));
    fields.put("taxes", taxes(taxTotal, currency));
    fields.put("lines", lines(invoice, currency));
    checkSums(invoice, fields, currency);
    return fields;
  }

  private static String supplier(UblDocument invoice) throws UnreadableInvoiceException {
    var party = "AccountingSupplierParty/Party/";
    var trade = invoice.optional(party + "PartyName/Name");
    var legal = invoice.optional(party + "PartyLegalEntity/RegistrationName");
    if (trade.isEmpty() && legal.isEmpty()) {
      throw new UnreadableInvoiceException(party + "PartyLegalEntity/RegistrationName is missing");
    }
    return legal.isEmpty() ? trade : legal;
  }

  /** Null for a supplier that is not registered for the consumption tax. */
  private static String registrationNumber(UblDocument invoice) throws UnreadableInvoiceException {
    for (var id : invoice.all("AccountingSupplierParty/Party/PartyTaxScheme")) {
      var number = id.optional("CompanyID");
      if (REGISTRATION.matcher(number).matches()) {
        return number;
      } else if (number.startsWith("T")) {
        throw new UnreadableInvoiceException(
            "AccountingSupplierParty/Party/PartyTaxScheme/CompanyID is '"
                + number
                + "', not T and 13 digits");
      }
    }
    return null;
  }

  private static BigDecimal exchangeRate(UblDocument invoice, String currency)
      throws UnreadableInvoiceException {
    if (currency.equals("JPY")) {
      return BigDecimal.ONE;
    }
    for (var kind : List.of("TaxExchangeRate", "PaymentExchangeRate", "PricingExchangeRate")) {
      for (var rate : invoice.all(kind)) {
        if (rate.optional("SourceCurrencyCode").equals(currency)
            && rate.optional("TargetCurrencyCode").equals("JPY")
            && !rate.optional("MathematicOperatorCode").equals("Divide")) {
          return rate.number("CalculationRate");
        }
      }
    }
    return null;
  }

  /** The one in the invoice's currency; a foreign invoice states a second one in yen. */
  private static UblDocument taxTotal(UblDocument invoice, String currency)
      throws UnreadableInvoiceException {
    for (var total : invoice.all("TaxTotal")) {
      if (total.all("TaxAmount").stream()
          .anyMatch(amount -> amount.attribute("currencyID").equals(currency))) {
        return total;
      }
    }
    throw new UnreadableInvoiceException("TaxTotal/TaxAmount in " + currency + " is missing");
  }

  private static List<Map<String, Object>> taxes(UblDocument taxTotal, String currency)
      throws UnreadableInvoiceException {
    var taxes = new ArrayList<Map<String, Object>>();
    for (var subtotal : taxTotal.all("TaxSubtotal")) {
      var tax = new LinkedHashMap<String, Object>();
      tax.put("category", subtotal.text("TaxCategory/ID"));
      tax.put(
          "rate",
          subtotal.optional("TaxCategory/Percent").isEmpty()
              ? BigDecimal.ZERO
              : subtotal.number("TaxCategory/Percent"));
      tax.put("taxableAmount", subtotal.amount("TaxableAmount", currency));
      tax.put("taxAmount", subtotal.amount("TaxAmount", currency));
      taxes.add(tax);
    }
    if (taxes.isEmpty()) {
      throw new UnreadableInvoiceException("TaxTotal/TaxSubtotal is missing");
    }
    return taxes;
  }

  private static List<Map<String, Object>> lines(UblDocument invoice, String currency)
      throws UnreadableInvoiceException {
    var lines = new ArrayList<Map<String, Object>>();
    for (var line : invoice.all("InvoiceLine")) {
      var fields = new LinkedHashMap<String, Object>();
      fields.put("description", line.text("Item/Name"));
      fields.put("quantity", line.number("InvoicedQuantity"));
      fields.put("amount", line.amount("LineExtensionAmount", currency));
      lines.add(fields);
    }
    if (lines.isEmpty()) {
      throw new UnreadableInvoiceException("InvoiceLine is missing");
    }
    return lines;
  }

  private static void checkSums(UblDocument invoice, Map<String, Object> fields, String currency)
      throws UnreadableInvoiceException {
    var exclusive = (BigDecimal) fields.get("taxExclusiveAmount");
    var inclusive = (BigDecimal) fields.get("taxInclusiveAmount");
    var tax = (BigDecimal) fields.get("taxAmount");
    checkSum(
        "LineExtensionAmount",
        (BigDecimal) fields.get("lineExtensionAmount"),
        sum(fields.get("lines"), "amount"),
        "its lines");
    checkSum("TaxAmount", tax, sum(fields.get("taxes"), "taxAmount"), "the taxes by rate");
    checkSum(
        "TaxExclusiveAmount",
        exclusive,
        sum(fields.get("taxes"), "taxableAmount"),
        "the taxable amounts by rate");
    checkSum(
        "TaxInclusiveAmount", inclusive, exclusive.add(tax), "the amount without tax and the tax");
    checkSum(
        "PayableAmount",
        (BigDecimal) fields.get("payableAmount"),
        inclusive
            .subtract(optionalAmount(invoice, TOTALS + "PrepaidAmount", currency))
            .add(optionalAmount(invoice, TOTALS + "PayableRoundingAmount", currency)),
        "the amount with tax less what is prepaid");
  }

  private static BigDecimal optionalAmount(UblDocument invoice, String path, String currency)
      throws UnreadableInvoiceException {
    return invoice.all(path).isEmpty() ? BigDecimal.ZERO : invoice.amount(path, currency);
  }

  private static BigDecimal sum(Object parts, String field) {
    return ((List<?>) parts)
        .stream()
            .map(part -> (BigDecimal) ((Map<?, ?>) part).get(field))
            .reduce(BigDecimal.ZERO, BigDecimal::add);
  }

  private static void checkSum(String name, BigDecimal stated, BigDecimal sum, String parts)
      throws UnreadableInvoiceException {
    if (stated.compareTo(sum) != 0) {
      throw new UnreadableInvoiceException(
          "does not add up: "
              + name
              + " is "
              + stated.toPlainString()
              + ", "
              + parts
              + " make "
              + sum.toPlainString());
    }
  }
}
