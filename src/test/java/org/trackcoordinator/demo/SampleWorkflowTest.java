package org.trackcoordinator.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.trackcoordinator.tracks.UnreadableInvoiceException;

/**
 * All four tracks after one another over the demo's whole mailbox; what one hands on is what the
 * next one gets.
 */
class SampleWorkflowTest extends TrackRoutes {

  private final DemoMailbox mailbox = new DemoMailbox();
  private FreeeStub freee;

  @Override
  Map<String, String> settings() throws Exception {
    freee = new FreeeStub();
    var settings = new HashMap<>(mailbox.properties());
    settings.putAll(freee.properties());
    return settings;
  }

  @AfterAll
  void close() {
    context.stop();
    mailbox.close();
    freee.close();
  }

  @Test
  void everyInvoiceOfTheMailboxIsBookedOnceToTheYen() throws Exception {
    for (var mail : DemoMails.all()) {
      mailbox.deliver(mail);
    }
    var starts = context.getEndpoint("mock:start-invoice-intake-gmail", MockEndpoint.class);
    await().atMost(Duration.ofSeconds(30)).until(() -> starts.getReceivedCounter() == 16);
    await().atMost(Duration.ofSeconds(30)).until(() -> mailbox.unseen() == 0);
    var runs = new LinkedHashMap<Object, Map<String, Object>>();
    for (var start : starts.getExchanges()) {
      var message = start.getMessage();
      var payload = map(text(message.getBody()));
      assertThat(runs.put(message.getHeader("trackIdempotencyKey"), payload)).isIn(null, payload);
    }
    assertThat(runs).hasSize(15);

    for (var payload : runs.values()) {
      var drive = attempt("drive", payload);
      var fileManagement = attempt("file-management", drive.result()).in(drive.correlationId);
      if (String.valueOf(payload.get("messageId")).startsWith("<scan-")) {
        assertThat(fileManagement.failure())
            .isInstanceOf(UnreadableInvoiceException.class)
            .hasMessage(
                "mail <scan-20261019@tanaka-tatami.example> \"10月分の請求書です\" from たなか畳店 <tanaka-tatami@mail.example>"
                    + " has no readable e-invoice (UBL 2.1 XML): スキャン_20261019.pdf is application/pdf");
      } else {
        attempt("freee", fileManagement.result()).in(drive.correlationId).result();
      }
    }

    assertBalances();
  }

  private void assertBalances() throws Exception {
    var books = Bookkeeping.compare(mailbox.mails(), freee.deals());
    assertThat(books.differences()).isEmpty();
    assertThat(books)
        .isEqualTo(new Bookkeeping(14, 102_251_517, 14, 102_251_517, books.differences()));
  }
}
