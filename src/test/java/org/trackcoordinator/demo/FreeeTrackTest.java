package org.trackcoordinator.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.trackcoordinator.coordinator.Circuits;
import org.trackcoordinator.tracks.FreeeException;

class FreeeTrackTest extends TrackRoutes {

  /** The stub, with a line to it that may fail. */
  private static final class Line extends FreeeStub {

    private final AtomicInteger lostAnswers = new AtomicInteger();
    private final AtomicBoolean overloaded = new AtomicBoolean();
    private final Queue<Map<String, List<String>>> requestHeaders = new ConcurrentLinkedQueue<>();

    Line() throws IOException {}

    @Override
    void answer(HttpExchange exchange, int status, JsonNode body) throws IOException {
      requestHeaders.add(new HashMap<>(exchange.getRequestHeaders()));
      if (exchange.getRequestMethod().equals("POST")
          && lostAnswers.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
        throw new IOException("the line broke");
      }
      if (overloaded.get()) {
        super.answer(exchange, 503, body);
        return;
      }
      exchange.getResponseHeaders().set("trackOutcome", "failed");
      exchange.getResponseHeaders().set("CamelFileName", "stolen");
      super.answer(exchange, status, body);
    }
  }

  private Line freee;

  @Override
  Map<String, String> settings() throws Exception {
    freee = new Line();
    return freee.properties();
  }

  @AfterAll
  void close() {
    freee.close();
  }

  @AfterEach
  void lineIsWholeAgain() {
    freee.lostAnswers.set(0);
    freee.overloaded.set(false);
  }

  static Map<String, Object> invoice(String number) {
    var invoice = new HashMap<String, Object>();
    invoice.put("supplier", "見本商店");
    invoice.put("supplierRegistrationNumber", "T0100000000011");
    invoice.put("invoiceNumber", number);
    invoice.put("issueDate", "2026-11-01");
    invoice.put("dueDate", "2026-11-30");
    invoice.put("currency", "JPY");
    invoice.put("exchangeRateToJpy", 1);
    invoice.put("taxInclusiveAmount", 1100);
    invoice.put("taxes", List.of(tax("10", "1000", "100")));
    return invoice;
  }

  private static Map<String, Object> tax(String rate, String taxable, String tax) {
    return Map.of(
        "rate",
        new BigDecimal(rate),
        "taxableAmount",
        new BigDecimal(taxable),
        "taxAmount",
        new BigDecimal(tax));
  }

  private List<JsonNode> deals(String number) {
    return freee.deals().stream()
        .filter(deal -> deal.path("ref_number").asText().equals(number))
        .toList();
  }

  @Test
  void booksTheDealAndHandsOnItsId() {
    var invoice = invoice("HAPPY");
    invoice.put("taxInclusiveAmount", 2180);
    invoice.put("taxes", List.of(tax("10", "1000", "100"), tax("8.00", "1000", "80")));

    var result = attempt("freee", invoice).result();

    assertThat(deals("HAPPY")).hasSize(1);
    var deal = deals("HAPPY").get(0);
    assertThat(result)
        .containsEntry("dealId", deal.path("id").asInt())
        .containsEntry("refNumber", "HAPPY")
        .containsEntry("amount", 2180)
        .containsEntry("vat", 180);
    assertThat(deal.path("company_id").asLong()).isEqualTo(FreeeStub.COMPANY);
    assertThat(deal.path("issue_date").asText()).isEqualTo("2026-11-01");
    assertThat(deal.path("due_date").asText()).isEqualTo("2026-11-30");
    assertThat(deal.path("type").asText()).isEqualTo("expense");
    assertThat(deal.path("partner_code").asText()).isEqualTo("T0100000000011");
    assertThat(deal.path("details").get(1).toString())
        .isEqualTo(
            "{\"tax_code\":163,\"account_item_id\":5001,\"amount\":1080,\"vat\":80,\"description\":\"見本商店 HAPPY (8 %)\"}");
  }

  @Test
  void repeatedAttemptBooksOnce() {
    var attempt = attempt("freee", invoice("TWICE"));

    var first = attempt.result();

    assertThat(attempt.result()).isEqualTo(first);
    assertThat(deals("TWICE")).hasSize(1);
  }

  @Test
  void dealWhoseAnswerWasLostIsFoundAgain() {
    freee.lostAnswers.set(1);
    var attempt = attempt("freee", invoice("LOST"));

    attempt.failure();
    assertThat(deals("LOST")).hasSize(1);

    assertThat(attempt.result()).containsEntry("dealId", deals("LOST").get(0).path("id").asInt());
    assertThat(deals("LOST")).hasSize(1);
  }

  @Test
  void aRequestThatFreeeIsTooBusyForIsNotRepeatedByTheHttpClient() {
    freee.overloaded.set(true);
    freee.requestHeaders.clear();

    attempt("freee", invoice("BUSY")).failure();

    assertThat(freee.requestHeaders).hasSize(1);
  }

  @Test
  void sameNumberWithAnotherAmountIsRefused() {
    attempt("freee", invoice("CHANGED")).result();
    var changed = invoice("CHANGED");
    changed.put("taxInclusiveAmount", 2200);
    changed.put("taxes", List.of(tax("10", "2000", "200")));

    assertThat(attempt("freee", changed).failure())
        .isInstanceOf(FreeeException.class)
        .hasMessageContaining("for invoice CHANGED already, with 1100 yen instead of 2200");
    assertThat(deals("CHANGED")).hasSize(1);
  }

  @Test
  void sameNumberOfAnotherSupplierIsAnotherDeal() {
    var other = invoice("SAME");
    other.put("supplierRegistrationNumber", "T0100000000022");

    attempt("freee", invoice("SAME")).result();
    attempt("freee", other).result();

    assertThat(deals("SAME")).hasSize(2);
  }

  @Test
  void foreignCurrencyIsBookedAtTheStatedRateRoundedOnce() {
    var invoice = invoice("USD");
    invoice.put("currency", "USD");
    invoice.put("exchangeRateToJpy", new BigDecimal("149.53"));
    // 0.10 + 0.20 at 149.53 is 44.859 yen; each by itself would make 15 + 30 = 45, with the tax
    // 14.953 and 29.906
    invoice.put("taxInclusiveAmount", new BigDecimal("398.28"));
    invoice.put("taxes", List.of(tax("10", "362.07", "36.21")));

    assertThat(attempt("freee", invoice).result())
        .containsEntry("amount", 59555)
        .containsEntry("vat", 5414);
  }

  @Test
  void detailsAlwaysMakeTheTotal() {
    var invoice = invoice("ROUND");
    invoice.put("currency", "EUR");
    invoice.put("exchangeRateToJpy", BigDecimal.ONE);
    // 10.4 + 10.4 = 20.8: rounded by itself each is 10, together 21
    invoice.put("taxInclusiveAmount", new BigDecimal("20.8"));
    invoice.put("taxes", List.of(tax("0", "10.4", "0"), tax("10", "9.45", "0.95")));

    assertThat(attempt("freee", invoice).result()).containsEntry("amount", 21);
  }

  @Test
  void hugeAmountsStayExact() {
    var invoice = invoice("HUGE");
    invoice.put("taxInclusiveAmount", new BigDecimal("1358024679135795"));
    invoice.put("taxes", List.of(tax("10", "1234567890123450", "123456789012345")));

    assertThat(attempt("freee", invoice).result())
        .containsEntry("amount", 1358024679135795L)
        .containsEntry("vat", 123456789012345L);
  }

  @Test
  void decimalsBeyondBinaryFloatingPointStayExact() {
    var invoice = invoice("DIGITS");
    invoice.put("currency", "EUR");
    invoice.put("exchangeRateToJpy", 100);
    // the yen are 2^53 + 1, which no double can hold
    invoice.put("taxInclusiveAmount", new BigDecimal("90071992547409.93"));
    invoice.put("taxes", List.of(tax("0", "90071992547409.93", "0")));

    assertThat(attempt("freee", invoice).result()).containsEntry("amount", 9007199254740993L);
  }

  @Test
  void whatCannotBeBookedFailsAndSaysWhy() {
    var noRate = invoice("X");
    noRate.put("currency", "USD");
    noRate.put("exchangeRateToJpy", null);
    assertThat(attempt("freee", noRate).failure())
        .isInstanceOf(FreeeException.class)
        .hasMessage("invoice X is in USD and states no rate to JPY")
        .hasFieldOrPropertyWithValue("statusCode", 422);

    var unbalanced = invoice("X");
    unbalanced.put("taxInclusiveAmount", 1200);
    assertThat(attempt("freee", unbalanced).failure())
        .hasMessage(
            "invoice X does not add up: its tax rates make 100 yen more or less than its total");

    var oddTax = invoice("X");
    oddTax.put("taxes", List.of(tax("5", "1000", "50")));
    assertThat(attempt("freee", oddTax).failure())
        .hasMessage(
            "property freee.tax-code.5 is ''; it has to be a number: freee's tax code for 5 %");
    assertThat(deals("X")).isEmpty();
  }

  @Test
  void refusalOfFreeeIsTheErrorOfTheAttempt() {
    var wrongTax = invoice("REFUSED");
    wrongTax.put("taxInclusiveAmount", 1500);
    wrongTax.put("taxes", List.of(tax("10", "1000", "500")));

    assertThat(attempt("freee", wrongTax).failure())
        .isInstanceOf(FreeeException.class)
        .hasMessage("freee answered 400: details[0].vat が税区分と一致しません")
        .hasFieldOrPropertyWithValue("statusCode", 400);
    assertThat(deals("REFUSED")).isEmpty();
  }

  @Test
  void longNumbersAreCutToWhatFreeeAllowsAndStayDifferent() {
    var one = attempt("freee", invoice("2026-11-LONG-INVOICE-NUMBER-0001")).result();
    var two = attempt("freee", invoice("2026-11-LONG-INVOICE-NUMBER-0002")).result();

    assertThat(String.valueOf(one.get("refNumber"))).hasSize(20).isNotEqualTo(two.get("refNumber"));
    assertThat(one.get("dealId")).isNotEqualTo(two.get("dealId"));
  }

  @Test
  void payloadTextIsNeverEvaluated() {
    var text = "${bean:x}{{missing}}";
    var invoice = invoice(text);
    invoice.put("supplier", "{{env:PATH}} ${body}");

    assertThat(attempt("freee", invoice).result()).containsEntry("refNumber", text);
    assertThat(deals(text).get(0).path("details").get(0).path("description").asText())
        .isEqualTo("{{env:PATH}} ${body} ${bean:x}{{missing}} (10 %)");
  }

  @Test
  void headersSteerNothingAndStayHere() {
    var attempt =
        attempt("freee", invoice("STEER"))
            .header("CamelHttpUri", "http://127.0.0.1:1/")
            .header("camelhttpuri", "http://127.0.0.1:1/")
            .header("CamelHttpPath", "/elsewhere")
            .header("CamelHttpMethod", "DELETE")
            .header("X-Secret", "1");

    var exchange = attempt.exchange();

    assertThat(deals("STEER")).hasSize(1);
    assertThat(exchange.getMessage().getHeaders())
        .containsOnlyKeys(
            "trackCorrelationId", "trackId", "trackAttempt", "trackIdempotencyKey", "trackUserId");
    assertThat(freee.requestHeaders)
        .allSatisfy(
            headers ->
                assertThat(headers.keySet())
                    .noneMatch(
                        name ->
                            name.toLowerCase().startsWith("track")
                                || name.equalsIgnoreCase("x-secret")));
  }

  @Test
  void dateThatIsNoneIsRefusedBeforeItReachesTheQuery() {
    var invoice = invoice("DATE");
    invoice.put("issueDate", "2026-11-01&limit=0&x=");

    assertThat(attempt("freee", invoice).failure()).hasMessageContaining("2026-11-01&limit=0&x=");
  }

  @Test
  void openCircuitRefusesTheCallAndBooksNothing() {
    int requests = freee.requestHeaders.size();
    CircuitBreaker breaker = Circuits.permissions(circuits, "freee-api");
    breaker.transitionToOpenState();
    try {
      assertThat(attempt("freee", invoice("OPEN")).failure())
          .isInstanceOf(CallNotPermittedException.class)
          .hasMessageContaining("freee-api");
      assertThat(freee.requestHeaders).hasSize(requests);
      breaker.transitionToHalfOpenState();
      attempt("freee", invoice("OPEN")).result();
    } finally {
      breaker.transitionToClosedState();
    }
    assertThat(deals("OPEN")).hasSize(1);
  }
}
