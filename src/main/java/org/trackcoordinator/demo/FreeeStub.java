package org.trackcoordinator.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Stands in for the freee accounting API: {@code GET} and {@code POST /api/1/deals} in their public
 * shape, on a free port of the loopback address. It records deals and refuses what is malformed;
 * like freee it books a deal twice when it is sent twice.
 */
class FreeeStub implements AutoCloseable {

  static final String TOKEN = "demo-token/with+odd&characters%41";
  static final long COMPANY = 1_234_567L;

  private static final long ACCOUNT_ITEM = 5001L;
  private static final Map<Long, Integer> TAX_PERCENT = Map.of(136L, 10, 163L, 8, 2L, 0);
  private static final int MAX_DETAILS = 100;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final List<JsonNode> deals = new CopyOnWriteArrayList<>();
  private final AtomicLong nextId = new AtomicLong(90_001);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HttpServer server;

  FreeeStub() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/api/1/deals", this::handle);
    server.setExecutor(threads);
    server.start();
  }

  /** The settings with which the track freee finds it. */
  Map<String, String> properties() {
    return Map.of(
        "freee.url",
        "http://127.0.0.1:" + server.getAddress().getPort(),
        "freee.token",
        TOKEN,
        "freee.company-id",
        String.valueOf(COMPANY),
        "freee.account-item-id",
        String.valueOf(ACCOUNT_ITEM));
  }

  /** What was booked, in order. */
  List<JsonNode> deals() {
    return List.copyOf(deals);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }

  /** Sends an answer; a test may let it get lost. */
  void answer(HttpExchange exchange, int status, JsonNode body) throws IOException {
    var bytes = JSON.writeValueAsBytes(body);
    exchange.getResponseHeaders().set("Content-Type", "application/json; charset=utf-8");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      if (!("Bearer " + TOKEN).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
        answer(exchange, 401, errors(401, List.of("ログインをして下さい", "アクセストークンが不正です")));
      } else if (exchange.getRequestMethod().equals("GET")) {
        answer(exchange, 200, list(query(exchange)));
      } else if (exchange.getRequestMethod().equals("POST")) {
        post(exchange);
      } else {
        answer(exchange, 405, errors(405, List.of("許可されていないメソッドです")));
      }
    }
  }

  private void post(HttpExchange exchange) throws IOException {
    var type = exchange.getRequestHeaders().getFirst("Content-Type");
    if (type == null || !type.startsWith("application/json")) {
      answer(exchange, 415, errors(415, List.of("Content-Type が application/json ではありません")));
      return;
    }
    JsonNode deal;
    try {
      deal = JSON.readTree(exchange.getRequestBody().readAllBytes());
    } catch (JsonProcessingException e) {
      answer(exchange, 400, errors(400, List.of("JSON の形式が不正です")));
      return;
    }
    var mistakes = mistakes(deal);
    if (mistakes.isEmpty()) {
      answer(exchange, 201, JSON.createObjectNode().set("deal", book((ObjectNode) deal)));
    } else {
      answer(exchange, 400, errors(400, mistakes));
    }
  }

  private JsonNode book(ObjectNode deal) {
    long amount = 0;
    for (var detail : deal.path("details")) {
      amount += detail.path("amount").asLong();
    }
    deal.put("id", nextId.getAndIncrement());
    deal.put("amount", amount);
    deal.put("due_amount", amount);
    deal.put("status", "unsettled");
    deals.add(deal);
    return deal;
  }

  private JsonNode list(Map<String, String> query) {
    var found =
        deals.stream()
            .filter(d -> d.path("company_id").asText().equals(query.get("company_id")))
            .filter(
                d ->
                    d.path("type")
                        .asText()
                        .equals(query.getOrDefault("type", d.path("type").asText())))
            .filter(
                d ->
                    d.path("issue_date")
                            .asText()
                            .compareTo(query.getOrDefault("start_issue_date", ""))
                        >= 0)
            .filter(
                d ->
                    d.path("issue_date")
                            .asText()
                            .compareTo(query.getOrDefault("end_issue_date", "9"))
                        <= 0)
            .toList();
    var answer = JSON.createObjectNode();
    var list = answer.putArray("deals");
    found.stream().limit(Long.parseLong(query.getOrDefault("limit", "20"))).forEach(list::add);
    answer.putObject("meta").put("total_count", found.size());
    return answer;
  }

  private static List<String> mistakes(JsonNode deal) {
    var mistakes = new ArrayList<String>();
    if (!deal.isObject()) {
      return List.of("取引が JSON オブジェクトではありません");
    }
    check(
        mistakes,
        deal.path("company_id").isIntegralNumber() && deal.path("company_id").asLong() == COMPANY,
        "company_id が不正です");
    check(mistakes, isDate(deal.path("issue_date")), "issue_date を yyyy-mm-dd で入力してください");
    check(
        mistakes,
        deal.path("due_date").isMissingNode() || isDate(deal.path("due_date")),
        "due_date を yyyy-mm-dd で入力してください");
    check(
        mistakes,
        List.of("income", "expense").contains(deal.path("type").asText()),
        "type は income または expense です");
    check(
        mistakes,
        deal.path("ref_number").isMissingNode() || isText(deal.path("ref_number"), 20),
        "ref_number は 20 文字以内です");
    check(
        mistakes,
        deal.path("partner_code").isMissingNode() || isText(deal.path("partner_code"), 50),
        "partner_code が不正です");
    var details = deal.path("details");
    check(
        mistakes,
        details.isArray() && !details.isEmpty() && details.size() <= MAX_DETAILS,
        "details は 1 行以上 100 行以内です");
    for (int i = 0; i < details.size(); i++) {
      checkDetail(mistakes, details.get(i), "details[" + i + "]");
    }
    return mistakes;
  }

  private static void checkDetail(List<String> mistakes, JsonNode detail, String at) {
    var percent =
        detail.path("tax_code").isIntegralNumber()
            ? TAX_PERCENT.get(detail.path("tax_code").asLong())
            : null;
    var amount = detail.path("amount");
    var vat = detail.path("vat");
    check(
        mistakes,
        detail.path("account_item_id").isIntegralNumber()
            && detail.path("account_item_id").asLong() == ACCOUNT_ITEM,
        at + ".account_item_id が不正です");
    check(mistakes, percent != null, at + ".tax_code が不正です");
    check(mistakes, amount.isIntegralNumber(), at + ".amount は整数で入力してください");
    check(mistakes, vat.isMissingNode() || vat.isIntegralNumber(), at + ".vat は整数で入力してください");
    check(
        mistakes,
        detail.path("description").isMissingNode() || isText(detail.path("description"), 255),
        at + ".description が不正です");
    if (percent != null && amount.isIntegralNumber() && vat.isIntegralNumber()) {
      check(mistakes, percent != 0, at + ".vat は税額が不要な税区分では指定できません");
      // amount * percent / (100 + percent), a yen either way for the supplier's rounding
      var difference = Math.abs(vat.asLong() * (100 + percent) - amount.asLong() * percent);
      check(mistakes, difference <= 100 + percent, at + ".vat が税区分と一致しません");
    }
  }

  private static void check(List<String> mistakes, boolean right, String mistake) {
    if (!right) {
      mistakes.add(mistake);
    }
  }

  private static boolean isText(JsonNode node, int maxLength) {
    return node.isTextual() && !node.asText().isBlank() && node.asText().length() <= maxLength;
  }

  private static boolean isDate(JsonNode node) {
    try {
      return node.isTextual() && LocalDate.parse(node.asText()) != null;
    } catch (DateTimeParseException e) {
      return false;
    }
  }

  private static JsonNode errors(int status, List<String> messages) {
    var answer = JSON.createObjectNode().put("status_code", status);
    var error =
        answer.putArray("errors").addObject().put("type", status == 400 ? "validation" : "status");
    messages.forEach(error.putArray("messages")::add);
    return answer;
  }

  private static Map<String, String> query(HttpExchange exchange) {
    var query = new HashMap<String, String>();
    var raw = exchange.getRequestURI().getRawQuery();
    for (var part : (raw == null ? "" : raw).split("&")) {
      var pair = part.split("=", 2);
      query.put(pair[0], URLDecoder.decode(pair.length > 1 ? pair[1] : "", StandardCharsets.UTF_8));
    }
    return query;
  }
}
