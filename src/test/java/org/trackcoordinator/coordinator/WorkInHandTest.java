package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("track-coordination")
class WorkInHandTest {

  private final WorkInHand inHand = new WorkInHand(4);

  private void took(long micros) {
    inHand.took(TimeUnit.MICROSECONDS.toNanos(micros));
  }

  @Test
  void asLongAsNobodyKnowsItIsWhatTheSlotsTake() {
    assertThat(inHand.reserve(100)).isEqualTo(4);
    assertThat(inHand.hasFreeSlot()).isFalse();
    assertThat(inHand.reserve(1)).isZero();
    inHand.free(3);
    assertThat(inHand.hasFreeSlot()).isTrue();
    assertThat(inHand.count()).isEqualTo(1);
    assertThat(inHand.reserveForClaim(true)).isEqualTo(3);
  }

  @Test
  void fastWorkIsTakenAheadForFiftyMilliseconds() {
    took(10_000);
    assertThat(inHand.reserve(100)).as("4 slots, and 5 ahead for each").isEqualTo(24);
  }

  @Test
  void slowWorkIsNot() {
    took(10_000);
    inHand.isSlow();
    assertThat(inHand.reserve(100)).isEqualTo(4);
    inHand.free(4);
    took(60_000);
    assertThat(inHand.reserve(100)).isEqualTo(4);
  }

  @Test
  void ofABacklogOneClaimTakesHalfAndWaitsForHalf() {
    took(1_000);
    assertThat(inHand.reserveForClaim(true)).as("4 slots, and half of 200").isEqualTo(104);
    assertThat(inHand.hasRoomToClaim(true)).isFalse();
    inHand.free(51);
    assertThat(inHand.hasRoomToClaim(true)).isFalse();
    assertThat(inHand.hasRoomToClaim(false)).isTrue();
    inHand.free(1);
    assertThat(inHand.hasRoomToClaim(true)).isTrue();
  }

  @Test
  void oneClaimTakesAThousandAtMostAndFourThousandAreAhead() {
    took(1);
    int claimed = 0;
    int claims = 0;
    int got;
    while ((got = inHand.reserveForClaim(false)) > 0) {
      claimed += got;
      claims++;
    }
    assertThat(claimed).isEqualTo(4_004);
    assertThat(claims).isEqualTo(5);
  }

  @Test
  void littleIsAheadWhileInputsAreLarge() {
    took(1);
    inHand.came("x".repeat(4_000_000));
    assertThat(inHand.reserve(100)).as("4 slots, and 16,000,000 characters").isEqualTo(8);
    for (int small = 0; small < 1_000; small++) {
      inHand.came("{}");
    }
    assertThat(inHand.reserve(10_000)).as("that one is long gone").isGreaterThan(1_000);
  }
}
