package org.trackcoordinator.management;

import java.io.StringReader;
import java.io.StringWriter;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NamedNodeMap;
import org.w3c.dom.Node;
import org.xml.sax.InputSource;
import org.xml.sax.helpers.DefaultHandler;

/**
 * Routes as Camel dumps them, for people to look at. Settings stand there as placeholders; who
 * wrote a secret into a route in place of one is not betrayed.
 */
final class RouteDump {

  private static final String MASK = "xxxxxx";

  /**
   * What the console leaves out of payloads, see {@code names_a_secret} of the database, and what
   * Camel's components call theirs besides.
   */
  private static final String SECRET =
      "(?:pass[_-]?word|passwd|pass[_-]?phrase|secret|token|authorization|api[_-]?key|access[_-]?key"
          + "|private[_-]?key|credential|cookie|pass[_-]?code|account[_-]?key|auth[_-]?key|consumer[_-]?key"
          + "|publish[_-]?key|subscribe[_-]?key|jaas[_-]?config|connection[_-]?string|sas[_-]?signature)";

  private static final Pattern NAME = Pattern.compile(SECRET, Pattern.CASE_INSENSITIVE);

  /** A parameter of a URI whose name says that it is one. */
  private static final Pattern PARAMETER = parameter("[^&]*");

  /** The same in a text that may go on after the URI. */
  private static final Pattern PARAMETER_IN_TEXT = parameter("[^&\\s]*");

  private static final Pattern PASSWORD_OF_USER =
      Pattern.compile("(//[^/?#@:\\s]*:)([^/?#@\\s]+)(?=@)");
  private static final Pattern OF_HTTP =
      Pattern.compile("^(\\s*(?:Bearer|Basic)\\s+)(\\S+)", Pattern.CASE_INSENSITIVE);

  /** A setting that is named and not shown. */
  private static final Pattern PLACEHOLDER =
      Pattern.compile(
          "(?:(?:Bearer|Basic)\\s+)?(?:RAW[({])?\\{\\{[^{}]+}}[)}]?", Pattern.CASE_INSENSITIVE);

  private RouteDump() {}

  /** Raw values may hold anything. */
  private static Pattern parameter(String value) {
    return Pattern.compile(
        "([?&][^?&=]*" + SECRET + "[^?&=]*=)(RAW\\(.*?\\)(?=&|$)|RAW\\{.*?}(?=&|$)|" + value + ")",
        Pattern.CASE_INSENSITIVE);
  }

  /**
   * The same without secrets.
   *
   * @param xml one route, or several
   * @throws Exception if it is no XML
   */
  static String masked(String xml) throws Exception {
    DocumentBuilderFactory parsers = DocumentBuilderFactory.newInstance();
    parsers.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
    parsers.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
    parsers.setNamespaceAware(true);
    DocumentBuilder parser = parsers.newDocumentBuilder();
    parser.setErrorHandler(new DefaultHandler()); // throws; the default also writes to the console
    Document routes = parser.parse(new InputSource(new StringReader(xml)));
    mask(routes.getDocumentElement(), false);
    TransformerFactory writers = TransformerFactory.newInstance();
    writers.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
    Transformer writer = writers.newTransformer();
    writer.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, xml.startsWith("<?") ? "no" : "yes");
    StringWriter masked = new StringWriter();
    writer.transform(new DOMSource(routes), new StreamResult(masked));
    return masked.toString();
  }

  /**
   * @param within whether an element around it is named as a secret, as a header that is set
   */
  private static void mask(Element element, boolean within) {
    boolean secret =
        within || names(element.getAttribute("name")) || names(element.getAttribute("key"));
    NamedNodeMap attributes = element.getAttributes();
    for (int i = 0; i < attributes.getLength(); i++) {
      Node attribute = attributes.item(i);
      boolean isValue = secret && attribute.getNodeName().equals("value");
      String name = attribute.getNodeName();
      attribute.setNodeValue(
          isValue || names(name)
              ? hidden(attribute.getNodeValue())
              : masked(
                  attribute.getNodeValue(), name.equals("uri") ? PARAMETER : PARAMETER_IN_TEXT));
    }
    for (Node child = element.getFirstChild(); child != null; child = child.getNextSibling()) {
      if (child instanceof Element inner) {
        mask(inner, secret);
      } else if (!child.getNodeValue().isBlank()) {
        String text = child.getNodeValue();
        child.setNodeValue(secret ? hidden(text) : masked(text, PARAMETER_IN_TEXT));
      }
    }
  }

  private static boolean names(String text) {
    return NAME.matcher(text).find();
  }

  private static String masked(String text, Pattern parameter) {
    String masked = text;
    for (Pattern pattern : new Pattern[] {parameter, PASSWORD_OF_USER, OF_HTTP}) {
      masked =
          pattern
              .matcher(masked)
              .replaceAll(
                  found -> Matcher.quoteReplacement(found.group(1) + hidden(found.group(2))));
    }
    return masked;
  }

  private static String hidden(String value) {
    return PLACEHOLDER.matcher(value).matches() ? value : MASK;
  }
}
