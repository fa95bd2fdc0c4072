package org.trackcoordinator.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The invoices of the demo, checked as a bookkeeper would. */
@Tag("e2e-track-workflow")
class DemoInvoicesTest {

  private static final Pattern LINE =
      Pattern.compile(
          "<cbc:InvoicedQuantity[^>]*>([^<]+)<.*?<cbc:LineExtensionAmount[^>]*>([^<]+)<.*?<cbc:PriceAmount[^>]*>([^<]+)<",
          Pattern.DOTALL);

  static List<DemoInvoice> all() {
    return DemoInvoice.all();
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> rows(DemoInvoice invoice, String field) {
    return (List<Map<String, Object>>) invoice.fields().get(field);
  }

  private static BigDecimal sum(DemoInvoice invoice, String rows, String field) {
    return rows(invoice, rows).stream()
        .map(row -> (BigDecimal) row.get(field))
        .reduce(BigDecimal.ZERO, BigDecimal::add);
  }

  @ParameterizedTest
  @MethodSource("all")
  void allSumsAddUp(DemoInvoice invoice) {
    var exclusive = (BigDecimal) invoice.fields().get("taxExclusiveAmount");
    assertThat(sum(invoice, "lines", "amount")).isEqualByComparingTo(exclusive);
    assertThat(sum(invoice, "taxes", "taxableAmount")).isEqualByComparingTo(exclusive);
    var inclusive = exclusive.add(sum(invoice, "taxes", "taxAmount"));
    assertThat((BigDecimal) invoice.fields().get("taxInclusiveAmount"))
        .isEqualByComparingTo(inclusive);
    assertThat((BigDecimal) invoice.fields().get("payableAmount")).isEqualByComparingTo(inclusive);
  }

  @ParameterizedTest
  @MethodSource("all")
  void linesAreQuantityTimesPrice(DemoInvoice invoice) {
    var lines = LINE.matcher(new String(invoice.xml(), StandardCharsets.UTF_8));
    var count = 0;
    for (; lines.find(); count++) {
      var amount = new BigDecimal(lines.group(2));
      var product = new BigDecimal(lines.group(1)).multiply(new BigDecimal(lines.group(3)));
      assertThat(amount)
          .isEqualByComparingTo(product.setScale(amount.scale(), RoundingMode.HALF_UP));
    }
    assertThat(count).isEqualTo(rows(invoice, "lines").size());
  }

  @ParameterizedTest
  @MethodSource("all")
  void taxesAreTheRatesOfTheirBase(DemoInvoice invoice) {
    for (var tax : rows(invoice, "taxes")) {
      var exact =
          ((BigDecimal) tax.get("taxableAmount"))
              .multiply((BigDecimal) tax.get("rate"))
              .movePointLeft(2);
      var difference = exact.subtract((BigDecimal) tax.get("taxAmount"));
      assertThat(difference.abs())
          .isLessThan(
              invoice.text("currency").equals("JPY") ? BigDecimal.ONE : new BigDecimal("0.01"));
    }
  }

  @Test
  void theyAreAsDifferentAsRealOnes() {
    var currencies =
        new HashSet<>(all().stream().map(invoice -> invoice.text("currency")).toList());
    var rates =
        new HashSet<>(
            all().stream()
                .flatMap(invoice -> rows(invoice, "taxes").stream())
                .map(tax -> String.valueOf(tax.get("rate")))
                .toList());
    assertThat(all())
        .hasSizeGreaterThanOrEqualTo(12)
        .extracting(invoice -> invoice.text("invoiceNumber"))
        .doesNotHaveDuplicates();
    assertThat(currencies).containsExactlyInAnyOrder("JPY", "USD", "EUR");
    assertThat(rates).containsExactlyInAnyOrder("0", "8", "10");
    assertThat(all())
        .filteredOn(invoice -> rows(invoice, "taxes").size() > 1)
        .hasSizeGreaterThanOrEqualTo(3);
    assertThat(all())
        .filteredOn(invoice -> !invoice.text("currency").equals("JPY"))
        .noneMatch(invoice -> invoice.text("exchangeRateToJpy").equals("null"));
  }

  @ParameterizedTest
  @MethodSource("all")
  void pdfPointsToItsObjects(DemoInvoice invoice) {
    var pdf = new String(InvoicePdf.of(invoice.fields()), StandardCharsets.US_ASCII);

    var xref =
        Integer.parseInt(pdf.substring(pdf.indexOf("startxref") + 10, pdf.indexOf("\n%%EOF")));
    var entries = pdf.substring(xref).split("\n");
    assertThat(entries[0]).isEqualTo("xref");
    for (int i = 1; i < 8; i++) {
      assertThat(pdf.substring(Integer.parseInt(entries[2 + i].substring(0, 10))))
          .startsWith(i + " 0 obj");
    }
    var stream = pdf.substring(pdf.indexOf("stream\n") + 7, pdf.indexOf("endstream"));
    assertThat(pdf).contains("/Length " + stream.length() + " ");
  }
}
