package org.trackcoordinator.tracks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One of the demo's invoices with one thing wrong each. */
@Tag("e2e-track-workflow")
class EInvoiceTest {

  private static String xml() {
    try (var stream =
        EInvoiceTest.class.getResourceAsStream("/demo/invoices/09-blue-pine-software.xml")) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, Object> read(String xml, Charset charset) {
    return new EInvoice().read(xml.getBytes(charset), Map.of("name", "a.xml"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<cbc:ID>BP-US-102938</cbc:ID>|<cbc:ID> </cbc:ID>|a.xml ID is missing",
        "<cbc:IssueDate>2026-10-21|<cbc:IssueDate>21.10.2026|a.xml IssueDate is '21.10.2026', not a date such as 2026-11-30",
        "<cbc:DueDate>2026-11-20|<cbc:DueDate>2026-02-30|a.xml DueDate is '2026-02-30', not a date such as 2026-11-30",
        "<cbc:DocumentCurrencyCode>USD|<cbc:DocumentCurrencyCode>Dollar|a.xml DocumentCurrencyCode is 'Dollar', not a code such as JPY",
        "T0100000000099</cbc:CompanyID>|T123</cbc:CompanyID>|a.xml AccountingSupplierParty/Party/PartyTaxScheme/CompanyID is 'T123', not T and 13 digits",
        "<cbc:PayableAmount currencyID=\"USD\">398.28|<cbc:PayableAmount currencyID=\"USD\">1E9|a.xml LegalMonetaryTotal/PayableAmount is '1E9', not a decimal number",
        "<cbc:PayableAmount currencyID=\"USD\">398.28|<cbc:PayableAmount currencyID=\"USD\">398,28|a.xml LegalMonetaryTotal/PayableAmount is '398,28', not a decimal number",
        "<cbc:PayableAmount currencyID=\"USD\">|<cbc:PayableAmount currencyID=\"JPY\">|a.xml LegalMonetaryTotal/PayableAmount is in 'JPY', the invoice in USD",
        "<cbc:PayableAmount currencyID=\"USD\">398.28|<cbc:PayableAmount currencyID=\"USD\">398.29|a.xml does not add up: PayableAmount is 398.29, the amount with tax less what is prepaid make 398.28",
        "<cbc:LineExtensionAmount currencyID=\"USD\">344.77|<cbc:LineExtensionAmount currencyID=\"USD\">344.78|a.xml does not add up: LineExtensionAmount is 362.07, its lines make 362.08",
        "Invoice-2|CreditNote-2|a.xml is no UBL invoice, its root element is {urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2}Invoice",
      })
  void whatIsWrongIsNamedWithItsPlace(String from, String to, String problem) {
    assertThat(xml()).contains(from);

    assertThat(read(xml().replace(from, to), StandardCharsets.UTF_8))
        .isEqualTo(Map.of("problem", problem));
  }

  @Test
  void whatIsMissingIsNamed() {
    for (var part :
        List.of("LegalMonetaryTotal", "TaxTotal", "InvoiceLine", "AccountingSupplierParty")) {
      var without = xml().replaceAll("(?s)  <cac:" + part + ">.*?</cac:" + part + ">\n", "");

      assertThat(String.valueOf(read(without, StandardCharsets.UTF_8).get("problem")))
          .startsWith("a.xml ")
          .contains(part)
          .endsWith("is missing");
    }
  }

  @Test
  void otherEncodingsAreReadAsDeclared() {
    var utf16 = xml().replace("encoding=\"UTF-8\"", "encoding=\"UTF-16\"");
    var japanese =
        xml()
            .replace("encoding=\"UTF-8\"", "encoding=\"Shift_JIS\"")
            .replace("Blue Pine Software, Inc.", "青松ソフト");

    assertThat(read(utf16, StandardCharsets.UTF_16)).containsKey("invoice");
    assertThat(read(japanese, Charset.forName("Shift_JIS")).get("invoice"))
        .asString()
        .contains("supplier=青松ソフト");
  }

  @Test
  void documentTypeIsRefusedInEveryEncoding() {
    var hostile =
        xml()
            .replace("?>\n", "?>\n<!DOCTYPE Invoice [<!ENTITY a \"b\">]>\n")
            .replace("encoding=\"UTF-8\"", "encoding=\"UTF-16\"");

    assertThat(read(hostile, StandardCharsets.UTF_16).get("problem"))
        .asString()
        .contains("DOCTYPE is disallowed");
  }

  @Test
  void foreignCurrencyComesWithItsRate() {
    assertThat(read(xml(), StandardCharsets.UTF_8).get("invoice"))
        .asString()
        .contains("exchangeRateToJpy=149.53");
    assertThat(
            read(
                    xml().replace("<cbc:SourceCurrencyCode>USD", "<cbc:SourceCurrencyCode>CAD"),
                    StandardCharsets.UTF_8)
                .get("invoice"))
        .asString()
        .contains("exchangeRateToJpy=null");
  }
}
