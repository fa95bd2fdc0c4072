package org.trackcoordinator.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.testkit.HandlerMock;
import org.trackcoordinator.testkit.TrackTestKit;

@Tag("e2e-track-workflow")
class InvoiceIntakeIT {

  @RegisterExtension
  static final TrackTestKit tracks =
      TrackTestKit.routes("routes").workflow("routes/workflows/invoice-intake.yaml");

  @Test
  void eachTrackGetsWhatTheOneBeforeCompletedWith() {
    tracks.start("invoice-intake", "{\"mailbox\": \"invoices\"}");
    tracks.completeTrack("gmail", "{\"messageId\": \"<1@example.com>\"}");
    tracks.assertTriggered("drive");
    tracks.assertNotTriggered("file-management");
    tracks.completeTrack("drive", "{\"files\": [\"invoice.xml\"]}");
    tracks.assertInput("file-management", "{\"files\": [\"invoice.xml\"]}");
  }

  @Test
  void aFullDriveIsTriedAgain() {
    HandlerMock drive = tracks.mock("drive").fails(new IOException("full"), 2).returns("{}");
    tracks.start("invoice-intake");
    tracks.completeTrack("gmail");
    tracks.assertEvents("drive", "triggered", "started", "failed", "retried");
    tracks.advanceTime("1m");
    tracks.assertChain("gmail completed", "drive failed", "drive failed", "drive completed");
    assertEquals(3, drive.captured().size());
  }

  @Test
  void aDayLaterTheRunIsGivenUp() {
    tracks.start("invoice-intake");
    tracks.completeTrack("gmail");
    tracks.failTrack("drive", "full");
    tracks.advanceTime("24h");
    tracks.assertRunState("timed_out");
    tracks.assertTrackState("freee", "cancelled");
  }
}
