package org.trackcoordinator.demo;

import java.nio.charset.StandardCharsets;

/** A small e-invoice whose parts a test replaces. */
final class UblXml {

  private UblXml() {}

  /** An invoice over one line of 100.10 and 10 % tax, in yen. */
  static String invoice() {
    return """
        <?xml version="1.0" encoding="UTF-8"?>
        <Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
            xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
            xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
          <cbc:ID>INV-1</cbc:ID>
          <cbc:IssueDate>2026-11-01</cbc:IssueDate>
          <cbc:DueDate>2026-11-30</cbc:DueDate>
          <cbc:DocumentCurrencyCode>JPY</cbc:DocumentCurrencyCode>
          <cac:AccountingSupplierParty><cac:Party>
            <cac:PartyTaxScheme><cbc:CompanyID>T0100000000011</cbc:CompanyID></cac:PartyTaxScheme>
            <cac:PartyLegalEntity><cbc:RegistrationName>見本商店</cbc:RegistrationName></cac:PartyLegalEntity>
          </cac:Party></cac:AccountingSupplierParty>
          <cac:TaxTotal>
            <cbc:TaxAmount currencyID="JPY">10.01</cbc:TaxAmount>
            <cac:TaxSubtotal>
              <cbc:TaxableAmount currencyID="JPY">100.10</cbc:TaxableAmount>
              <cbc:TaxAmount currencyID="JPY">10.01</cbc:TaxAmount>
              <cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>10</cbc:Percent></cac:TaxCategory>
            </cac:TaxSubtotal>
          </cac:TaxTotal>
          <cac:LegalMonetaryTotal>
            <cbc:LineExtensionAmount currencyID="JPY">100.10</cbc:LineExtensionAmount>
            <cbc:TaxExclusiveAmount currencyID="JPY">100.10</cbc:TaxExclusiveAmount>
            <cbc:TaxInclusiveAmount currencyID="JPY">110.11</cbc:TaxInclusiveAmount>
            <cbc:PayableAmount currencyID="JPY">110.11</cbc:PayableAmount>
          </cac:LegalMonetaryTotal>
          <cac:InvoiceLine>
            <cbc:InvoicedQuantity>1</cbc:InvoicedQuantity>
            <cbc:LineExtensionAmount currencyID="JPY">100.10</cbc:LineExtensionAmount>
            <cac:Item><cbc:Name>見本</cbc:Name></cac:Item>
          </cac:InvoiceLine>
        </Invoice>
        """;
  }

  static byte[] bytes(String xml) {
    return xml.getBytes(StandardCharsets.UTF_8);
  }
}
