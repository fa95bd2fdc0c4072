package org.trackcoordinator.contact;

import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread of a process that asks the database whether it is there: at once when a statement
 * failed as if it were not, every 250 ms while it is away, and when nothing was heard for 5 s, or
 * for as long as its users expect silence. While all is well it asks nothing.
 */
public final class ContactWatch implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ContactWatch.class);
  private static final Duration QUIET = Duration.ofSeconds(5);
  private static final Duration LOOK = Duration.ofMillis(250);
  private static final long BETWEEN_MILLIS = 50;

  private final Contact contact;
  private final Question question;
  private final Thread thread;

  /** Asks the database on a connection of its own; it must come back within seconds. */
  public interface Question {

    /**
     * Returns if the database can be written.
     *
     * @throws SQLException what is wrong, in words for people
     */
    void ask() throws SQLException;
  }

  /** Watches until it is closed. */
  public ContactWatch(Contact contact, Question question) {
    this.contact = contact;
    this.question = question;
    this.thread = new Thread(this::run, "database-contact");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() {
    thread.interrupt();
  }

  private void run() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        lookAndGoOn(contact.awaitReason(QUIET, LOOK));
        Thread.sleep(BETWEEN_MILLIS); // many connections break at once, one question is enough
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed
    }
  }

  /** Out of memory, say: without this thread nobody would learn that the database is back. */
  private void lookAndGoOn(Optional<SQLException> reason) {
    try {
      look(reason);
    } catch (Error e) {
      LOG.error("The database could not be asked whether it is there, it is asked again", e);
    }
  }

  private void look(Optional<SQLException> reason) {
    long asked = System.nanoTime();
    try {
      question.ask();
    } catch (SQLException | RuntimeException e) {
      if (!Thread.currentThread().isInterrupted()) {
        contact.silent(asked, String.valueOf(e.getMessage()).replaceFirst("\\.+$", ""));
      }
      return;
    }
    contact.answered(reason);
  }
}
