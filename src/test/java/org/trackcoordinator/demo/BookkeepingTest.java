package org.trackcoordinator.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.mail.internet.MimeMessage;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("e2e-track-workflow")
class BookkeepingTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  private List<MimeMessage> mails;
  private final List<JsonNode> deals = new ArrayList<>();

  @BeforeEach
  void twoMails() throws Exception {
    mails = List.of(DemoMails.all().get(0), DemoMails.all().get(1), DemoMails.all().get(0));
    deals.add(deal("INV-2026-0917", 71_194));
    deals.add(deal("山印-00381", 158_185));
  }

  private static JsonNode deal(String number, long amount) {
    return JSON.createObjectNode().put("ref_number", number).put("amount", amount);
  }

  private Bookkeeping compare() throws Exception {
    return Bookkeeping.compare(mails, deals);
  }

  @Test
  void eachInvoiceBookedOnceBalances() throws Exception {
    assertThat(compare().balances()).isTrue();
    assertThat(compare()).isEqualTo(new Bookkeeping(2, 229_379, 2, 229_379, List.of()));
  }

  @Test
  void missingDealIsFound() throws Exception {
    deals.remove(0);

    assertThat(compare().differences())
        .containsExactly("invoice INV-2026-0917 of 71,194 yen is booked 0 times");
  }

  @Test
  void dealBookedTwiceIsFound() throws Exception {
    deals.add(deals.get(0));

    assertThat(compare().differences())
        .containsExactly("invoice INV-2026-0917 of 71,194 yen is booked 2 times");
  }

  @Test
  void aYenTooMuchIsFound() throws Exception {
    deals.set(0, deal("INV-2026-0917", 71_195));

    assertThat(compare().differences())
        .containsExactly("invoice INV-2026-0917 of 71,194 yen is booked with 71,195 yen");
  }

  @Test
  void dealWithoutMailIsFound() throws Exception {
    deals.add(deal("FAKE", 1));

    assertThat(compare().differences())
        .containsExactly("FAKE is booked with [1] yen, and no mail has such an invoice");
  }
}
