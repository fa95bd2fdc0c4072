package org.trackcoordinator.tracks;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.ErrorHandler;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;

/**
 * An element of a UBL 2.1 document, asked by paths of local names such as {@code
 * LegalMonetaryTotal/PayableAmount}.
 */
final class UblDocument {

  private static final String INVOICE = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2";
  private static final String COMPONENTS =
      "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2";
  private static final String VALUES =
      "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2";
  // Bounded, since a number such as 1E999999999 would take all memory as soon as it is added to
  // another.
  private static final Pattern DECIMAL = Pattern.compile("[+-]?[0-9]{1,18}(\\.[0-9]{1,10})?");

  private final Element element;

  private UblDocument(Element element) {
    this.element = element;
  }

  /**
   * Parses an invoice; a document type declaration is refused, so nothing outside the document is
   * ever read.
   *
   * @throws UnreadableInvoiceException if it is not well-formed XML, or not a UBL invoice
   */
  static UblDocument parse(byte[] xml) throws UnreadableInvoiceException {
    try {
      var factory = DocumentBuilderFactory.newInstance();
      factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      factory.setNamespaceAware(true);
      var builder = factory.newDocumentBuilder();
      builder.setErrorHandler(new Strict());
      var root = builder.parse(new ByteArrayInputStream(xml)).getDocumentElement();
      if (!INVOICE.equals(root.getNamespaceURI()) || !"Invoice".equals(root.getLocalName())) {
        throw new UnreadableInvoiceException(
            "is no UBL invoice, its root element is {"
                + root.getNamespaceURI()
                + "}"
                + root.getLocalName());
      }
      return new UblDocument(root);
    } catch (SAXParseException e) {
      throw new UnreadableInvoiceException(
          "is not well-formed XML without DOCTYPE (line "
              + e.getLineNumber()
              + ", column "
              + e.getColumnNumber()
              + "): "
              + e.getMessage());
    } catch (SAXException | IOException e) {
      throw new UnreadableInvoiceException("is not well-formed XML: " + e.getMessage());
    } catch (ParserConfigurationException e) {
      throw new IllegalStateException(e);
    }
  }

  /** All elements at a path, in document order. */
  List<UblDocument> all(String path) {
    var found = List.of(this);
    for (var name : path.split("/")) {
      var next = new ArrayList<UblDocument>();
      for (var parent : found) {
        for (Node node = parent.element.getFirstChild();
            node != null;
            node = node.getNextSibling()) {
          if (node instanceof Element child && name.equals(child.getLocalName()) && isUbl(child)) {
            next.add(new UblDocument(child));
          }
        }
      }
      found = next;
    }
    return found;
  }

  /** The text at a path, without spaces around it; empty if there is no such element. */
  String optional(String path) {
    return all(path).stream().findFirst().map(UblDocument::text).orElse("");
  }

  /** The text at a path, which has to be there. */
  String text(String path) throws UnreadableInvoiceException {
    var text = optional(path);
    if (text.isEmpty()) {
      throw new UnreadableInvoiceException(path + " is missing");
    }
    return text;
  }

  /** The date at a path, which has to be there. */
  LocalDate date(String path) throws UnreadableInvoiceException {
    try {
      return LocalDate.parse(text(path));
    } catch (DateTimeParseException e) {
      throw new UnreadableInvoiceException(
          path + " is '" + text(path) + "', not a date such as 2026-11-30");
    }
  }

  /** The number at a path, which has to be there, to the last digit. */
  BigDecimal number(String path) throws UnreadableInvoiceException {
    var text = text(path);
    if (!DECIMAL.matcher(text).matches()) {
      throw new UnreadableInvoiceException(path + " is '" + text + "', not a decimal number");
    }
    return new BigDecimal(text);
  }

  /** The amount of money at a path, which has to be there and in this currency. */
  BigDecimal amount(String path, String currency) throws UnreadableInvoiceException {
    var amount = number(path);
    var stated = all(path).get(0).attribute("currencyID");
    if (!stated.equals(currency)) {
      throw new UnreadableInvoiceException(
          path + " is in '" + stated + "', the invoice in " + currency);
    }
    return amount;
  }

  String attribute(String name) {
    return element.getAttribute(name);
  }

  private String text() {
    return element.getTextContent().strip();
  }

  private static boolean isUbl(Element element) {
    return COMPONENTS.equals(element.getNamespaceURI()) || VALUES.equals(element.getNamespaceURI());
  }

  /** The JDK's own handler prints to standard error and goes on. */
  private static final class Strict implements ErrorHandler {
    @Override
    public void warning(SAXParseException e) {
      // says nothing about what can be read
    }

    @Override
    public void error(SAXParseException e) throws SAXException {
      throw e;
    }

    @Override
    public void fatalError(SAXParseException e) throws SAXException {
      throw e;
    }
  }
}
