package org.trackcoordinator.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The stub is strict, else it would prove nothing. */
@Tag("e2e-track-workflow")
class FreeeStubTest {

  private static final String DEAL =
      "{\"company_id\":1234567,\"issue_date\":\"2026-11-01\",\"due_date\":\"2026-11-30\",\"type\":\"expense\",\"ref_number\":\"A-1\","
          + "\"details\":[{\"tax_code\":136,\"account_item_id\":5001,\"amount\":1100,\"vat\":100,\"description\":\"x\"}]}";

  private static FreeeStub freee;

  @BeforeAll
  static void start() throws IOException {
    freee = new FreeeStub();
  }

  @AfterAll
  static void stop() {
    freee.close();
  }

  private static HttpResponse<String> post(String token, String type, String body)
      throws Exception {
    var uri = URI.create(freee.properties().get("freee.url") + "/api/1/deals");
    var request =
        HttpRequest.newBuilder(uri)
            .header("Content-Type", type)
            .POST(HttpRequest.BodyPublishers.ofString(body));
    return HttpClient.newHttpClient()
        .send(
            token == null ? request.build() : request.header("Authorization", token).build(),
            HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void booksAWholeDealAsOftenAsItIsSent() throws Exception {
    var before = freee.deals().size();

    assertThat(post("Bearer " + FreeeStub.TOKEN, "application/json", DEAL).statusCode())
        .isEqualTo(201);
    assertThat(post("Bearer " + FreeeStub.TOKEN, "application/json", DEAL).body())
        .contains("\"amount\":1100");
    assertThat(freee.deals()).hasSize(before + 2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1234567|7654321|company_id",
        "1234567|\"1234567\"|company_id",
        "\"2026-11-01\"|\"2026/11/01\"|issue_date",
        "\"2026-11-30\"|\"soon\"|due_date",
        "expense|cost|type",
        "\"A-1\"|\"a number that is too long\"|ref_number",
        "\"tax_code\":136|\"tax_code\":\"136\"|details[0].tax_code",
        "\"tax_code\":136|\"tax_code\":999|details[0].tax_code",
        "5001|1|details[0].account_item_id",
        "1100|1100.5|details[0].amount",
        "1100|\"1100\"|details[0].amount",
        "\"vat\":100|\"vat\":102|details[0].vat",
        "\"vat\":100|\"vat\":98|details[0].vat",
        "\"tax_code\":136|\"tax_code\":2|details[0].vat",
        "\"details\":[|\"detail\":[|details",
      })
  void refusesWhatIsMalformed(String from, String to, String field) throws Exception {
    var before = freee.deals().size();
    assertThat(DEAL).contains(from);

    var answer = post("Bearer " + FreeeStub.TOKEN, "application/json", DEAL.replace(from, to));

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body())
        .startsWith(
            "{\"status_code\":400,\"errors\":[{\"type\":\"validation\",\"messages\":[\"" + field);
    assertThat(freee.deals()).hasSize(before);
  }

  @Test
  void refusesOtherTokensTypesAndTexts() throws Exception {
    assertThat(post(null, "application/json", DEAL).statusCode()).isEqualTo(401);
    assertThat(post("Bearer x", "application/json", DEAL).statusCode()).isEqualTo(401);
    assertThat(post("Bearer " + FreeeStub.TOKEN, "text/plain", DEAL).statusCode()).isEqualTo(415);
    assertThat(post("Bearer " + FreeeStub.TOKEN, "application/json", "{").statusCode())
        .isEqualTo(400);
    assertThat(post("Bearer " + FreeeStub.TOKEN, "application/json", "[]").statusCode())
        .isEqualTo(400);
  }
}
