package org.trackcoordinator.demo;

import com.icegreen.greenmail.user.GreenMailUser;
import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import jakarta.mail.Flags;
import jakarta.mail.MessagingException;
import jakarta.mail.internet.MimeMessage;
import java.util.List;
import java.util.Map;

/** A mailbox in this process, reached over IMAP on a free port of the loopback address. */
final class DemoMailbox implements AutoCloseable {

  private static final String ADDRESS = "invoice@sample-shokai.example";
  private static final String PASSWORD = "demo";

  private final GreenMail server =
      new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_IMAP));
  private final GreenMailUser user;

  /** Starts it, empty. */
  DemoMailbox() {
    server.start();
    user = server.setUser(ADDRESS, ADDRESS, PASSWORD);
  }

  /** Delivers a mail, unseen. */
  void deliver(MimeMessage mail) {
    user.deliver(mail);
  }

  /** The settings with which the track gmail finds it. */
  Map<String, String> properties() {
    return Map.of(
        "gmail.enabled", "true",
        "gmail.protocol", "imap",
        "gmail.host", "127.0.0.1",
        "gmail.port", String.valueOf(server.getImap().getPort()),
        "gmail.username", ADDRESS,
        "gmail.password", PASSWORD,
        "gmail.poll-delay", "500");
  }

  /** All mails in the inbox, in the order in which they arrived. */
  List<MimeMessage> mails() {
    return List.of(server.getReceivedMessages());
  }

  /** How many mails no run was started for yet. */
  long unseen() throws MessagingException {
    long unseen = 0;
    for (var mail : mails()) {
      unseen += mail.isSet(Flags.Flag.SEEN) ? 0 : 1;
    }
    return unseen;
  }

  @Override
  public void close() {
    server.stop();
  }
}
