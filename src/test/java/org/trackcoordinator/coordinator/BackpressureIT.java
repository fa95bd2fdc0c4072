package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.openmbean.CompositeData;
import org.apache.camel.ServiceStatus;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.Counts;

/** More comes in than is worked on: the sources wait, and hands come first. */
@Tag("track-coordination")
class BackpressureIT {

  private static final int HIGH = 60;
  private static final int LOW = 20;
  private static final List<String> FLOOD = List.of("flood-1", "flood-2", "flood-3");
  private static final long MIB = 1 << 20;

  @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();

  private final AtomicLong started = new AtomicLong();

  private Coordinator instance(RouteBuilder... routes) throws Exception {
    Properties settings = new Properties();
    settings.putAll(
        Map.of(
            "backpressure.interval", "50",
            "backpressure.high-depth", Integer.toString(HIGH),
            "backpressure.low-depth", Integer.toString(LOW),
            "backpressure.high-age", "1h",
            "backpressure.low-age", "30m"));
    Coordinator coordinator = database.coordinator().with(settings);
    for (RouteBuilder builder : routes) {
      coordinator.with(builder);
    }
    return coordinator.start();
  }

  /** Three sources that start 600 runs a second together. */
  private RouteBuilder flood() {
    return new RouteBuilder() {
      @Override
      public void configure() {
        for (String id : FLOOD) {
          from("timer:" + id + "?period=50&delay=0")
              .routeId(id)
              .routeGroup("track-sources")
              .to(
                  "sql:select count(track_coordination.start_run('flood', '{}')) from generate_series(1, 10)")
              .process(exchange -> started.addAndGet(10))
              .to("wake-up:track-events");
        }
      }
    };
  }

  /** A source that never has anything. */
  private static RouteBuilder quiet(String id) {
    return new RouteBuilder() {
      @Override
      public void configure() {
        from("timer:" + id + "?period=1h&delay=1h")
            .routeId(id)
            .routeGroup("track-sources")
            .to("log:quiet");
      }
    };
  }

  private void loadFlood() {
    database.load("workflow: flood\ntracks:\n  work: {}\n");
  }

  @Test
  void tenTimesTheLoadIsHeldToTheMarksAndMemoryStaysFlat() throws Exception {
    loadFlood();
    try (Coordinator coordinator = instance(flood(), WorkingCoordinator.worker("1m", 100))) {
      ManagedView view = new ManagedView(coordinator);
      AtomicLong mostBetweenLooks = watchStartsBetweenLooks(coordinator);
      long deepest = deepestUntil(() -> view.number("TimesSuspended") >= 6);
      long heap = heap();
      long before = started.get();
      int suspensions = Counts.of(18, 300);
      deepest = Math.max(deepest, deepestUntil(() -> view.number("TimesSuspended") >= suspensions));
      assertThat(heap() - heap).as("growth of the heap").isLessThan(24 * MIB);
      assertThat(started.get() - before).as("the sources went on").isGreaterThan(HIGH);
      coordinator.camel().getRouteController().stopRouteGroup("track-sources");
      database.awaitRunsEnded((int) started.get());
      // at a look each of the two queues was below the mark; until the next, this much came in
      assertThat(deepest).as("depth").isLessThan(2 * HIGH + mostBetweenLooks.get());
      assertThat(view.number("TimesResumed")).isGreaterThanOrEqualTo(suspensions - 6);
    }
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void leftRunningTheSameSourcesBringTenTimesWhatIsDone() throws Exception {
    loadFlood();
    try (Coordinator coordinator = instance(flood(), WorkingCoordinator.worker("1m", 100))) {
      for (String id : FLOOD) {
        awaitStatus(coordinator, id, ServiceStatus.Suspended);
      }
      for (String id : FLOOD) {
        coordinator.camel().getRouteController().resumeRoute(id);
      }
      long starts = started.get();
      long ends = ended();
      await().atMost(Duration.ofSeconds(60)).until(() -> started.get() >= starts + 2_000);
      assertThat((started.get() - starts) / Math.max(1, ended() - ends))
          .as("runs started for each that ended")
          .isGreaterThanOrEqualTo(10);
      assertThat(running()).isGreaterThan(1_500);
      assertThat(new ManagedView(coordinator).number("TimesSuspended")).isEqualTo(FLOOD.size());
    }
  }

  private long deepestUntil(Callable<Boolean> condition) {
    AtomicLong deepest = new AtomicLong();
    await()
        .atMost(Duration.ofMinutes(15))
        .pollInterval(Duration.ofMillis(10))
        .until(
            () -> {
              deepest.accumulateAndGet(running(), Math::max);
              return condition.call();
            });
    return deepest.get();
  }

  private AtomicLong watchStartsBetweenLooks(Coordinator coordinator) {
    AtomicLong most = new AtomicLong();
    AtomicLong atLastLook = new AtomicLong();
    AtomicLong atThisLook = new AtomicLong();
    RouteEnds.after(
        coordinator,
        "watch-queues",
        () -> {
          // a look took place at some time between the end of the one before and its own
          long now = started.get();
          most.accumulateAndGet(now - atLastLook.get(), Math::max);
          atLastLook.set(atThisLook.getAndSet(now));
        });
    return most;
  }

  private long running() {
    return database.count("select count(*) from track_coordination.runs where state = 'running'");
  }

  private long ended() {
    return database.count("select count(*) from track_coordination.runs where state <> 'running'");
  }

  private static long heap() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  @Test
  void aSuspensionByHandIsKeptOverAHundredCycles() throws Exception {
    try (Coordinator coordinator = instance(quiet("quiet"), quiet("by-hand"))) {
      coordinator.camel().getRouteController().suspendRoute("by-hand");
      for (int cycle = 1; cycle <= 100; cycle++) {
        fill("nobody", HIGH);
        awaitStatus(coordinator, "quiet", ServiceStatus.Suspended);
        assertThat(status(coordinator, "by-hand")).isEqualTo(ServiceStatus.Suspended);
        empty();
        awaitStatus(coordinator, "quiet", ServiceStatus.Started);
        assertThat(status(coordinator, "by-hand")).isEqualTo(ServiceStatus.Suspended);
      }
      ManagedView view = new ManagedView(coordinator);
      assertThat(view.number("TimesSuspended")).isEqualTo(100);
      assertThat(view.number("TimesResumed")).isEqualTo(100);
      coordinator.camel().getRouteController().resumeRoute("by-hand");
      awaitStatus(coordinator, "by-hand", ServiceStatus.Started);
    }
  }

  @Test
  void betweenTheMarksNothingChanges() throws Exception {
    try (Coordinator coordinator = instance(quiet("quiet"))) {
      ManagedView view = new ManagedView(coordinator);
      fill("nobody", HIGH - 1);
      await().until(() -> view.number("Depth"), depth -> depth == HIGH - 1);
      assertThat(status(coordinator, "quiet")).isEqualTo(ServiceStatus.Started);
      fill("nobody", 1);
      awaitStatus(coordinator, "quiet", ServiceStatus.Suspended);
      for (int depth : new int[] {HIGH - 1, LOW + 1, HIGH + 5, LOW + 1}) {
        refill(depth);
        await().until(() -> view.number("Depth"), seen -> seen == depth);
        assertThat(status(coordinator, "quiet")).isEqualTo(ServiceStatus.Suspended);
      }
      refill(LOW);
      awaitStatus(coordinator, "quiet", ServiceStatus.Started);
      assertThat(view.number("TimesSuspended")).isEqualTo(1);
    }
  }

  @Test
  void gatesAndFiguresShowWhatIsHeldAndWhy() throws Exception {
    try (Coordinator coordinator = instance(quiet("quiet"))) {
      ManagedView view = new ManagedView(coordinator);
      fill("drive", HIGH + 3);
      awaitGate("closed quiet by " + coordinator.instance());
      assertThat(reason())
          .startsWith("drive: 63 deep, the oldest ")
          .endsWith("(high marks 60, 1h)");
      assertThat((String[]) view.get("SuspendedRoutes")).containsExactly("quiet");
      assertThat(view.get("Overloaded")).isEqualTo(true);
      CompositeData[] queues = (CompositeData[]) view.get("Queues");
      assertThat(queues).hasSize(2);
      assertThat(queues[0].get("queue")).isEqualTo("events");
      assertThat(queues[1].get("handler")).isEqualTo("drive");
      assertThat(queues[1].get("ready")).isEqualTo(HIGH + 3L);
      view.invoke("suspendRoute", "quiet");
      awaitGate("open quiet by " + coordinator.instance());
      assertThat(reason()).isEqualTo("suspended or stopped by hand, which alone resumes it");
      assertThat((String[]) view.get("SuspendedRoutes")).isEmpty();
      empty();
      await().until(() -> view.get("Overloaded"), Boolean.FALSE::equals);
      assertThat(status(coordinator, "quiet")).isEqualTo(ServiceStatus.Suspended);
      view.invoke("resumeRoute", "quiet");
      fill("drive", HIGH);
      awaitGate("closed quiet by " + coordinator.instance());
      empty();
      awaitGate("open quiet by " + coordinator.instance());
      assertThat(reason()).endsWith("(low marks 20, 30m)");
    }
    assertThat(gates()).as("an instance that stopped").isEmpty();
  }

  @Test
  void anOldQueueIsEnoughAndWhatAGateHoldsGrowsNoOlder() throws Exception {
    try (Coordinator coordinator = instance(quiet("quiet"))) {
      fill("nobody", 1);
      database.passTime(Duration.ofMinutes(59));
      move();
      ManagedView view = new ManagedView(coordinator);
      await().until(() -> view.number("OldestMillis") > Duration.ofMinutes(58).toMillis());
      assertThat(status(coordinator, "quiet")).isEqualTo(ServiceStatus.Started);
      database.passTime(Duration.ofMinutes(1));
      move();
      awaitStatus(coordinator, "quiet", ServiceStatus.Suspended);
      database.sql().queryForList("select track_coordination.hold(handler => 'nobody')");
      awaitStatus(coordinator, "quiet", ServiceStatus.Started);
    }
  }

  @Test
  void eachInstanceDecidesForItsOwnRoutes() throws Exception {
    try (Coordinator first = instance(quiet("quiet"));
        Coordinator second = instance(quiet("quiet"))) {
      first.camel().getRouteController().suspendRoute("quiet");
      fill("nobody", HIGH);
      awaitStatus(second, "quiet", ServiceStatus.Suspended);
      awaitGate("closed quiet by " + second.instance());
      first.camel().getRouteController().resumeRoute("quiet");
      empty();
      awaitStatus(second, "quiet", ServiceStatus.Started);
      ManagedView view = new ManagedView(first);
      await().until(() -> view.get("Overloaded"), Boolean.FALSE::equals);
      assertThat(status(first, "quiet")).isEqualTo(ServiceStatus.Started);
      fill("nobody", HIGH);
      awaitStatus(first, "quiet", ServiceStatus.Suspended);
      awaitStatus(second, "quiet", ServiceStatus.Suspended);
      awaitGate("closed quiet by " + first.instance());
      awaitGate("closed quiet by " + second.instance());
    }
  }

  @Test
  void whatAKilledInstanceShowedGoesAndARestartedOneBeginsAnew() throws Exception {
    database
        .sql()
        .update(
            "insert into track_coordination.source_states (instance, route_id, state, reason, shown_until)"
                + " values ('killed', 'quiet', 'closed', 'full', track_coordination.clock() + interval '1 minute')");
    try (Coordinator coordinator = instance(quiet("quiet"))) {
      fill("nobody", HIGH);
      awaitGate("closed quiet by " + coordinator.instance());
      assertThat(gates()).contains("closed quiet by killed");
      for (int minutes = 1; minutes <= 3; minutes++) { // who lives says so again
        database.passTime(Duration.ofSeconds(30));
        awaitShownAgain(coordinator);
      }
      assertThat(gates()).containsExactly("closed quiet by " + coordinator.instance());
      await()
          .until(
              () -> database.count("select count(*) from track_coordination.source_states"),
              rows -> rows == 1);
    }
    try (Coordinator again = instance(quiet("quiet"))) {
      awaitGate("closed quiet by " + again.instance());
      assertThat(gates()).hasSize(1);
    }
  }

  private void awaitShownAgain(Coordinator coordinator) {
    await()
        .until(
            () ->
                database.count(
                    "select count(*) from track_coordination.source_states"
                        + " where instance = ? and shown_until > track_coordination.clock() + interval '50 s'",
                    coordinator.instance()),
            rows -> rows == 1);
  }

  @Test
  void nothingIsAskedWhileNothingMoves() throws Exception {
    loadFlood();
    try (Coordinator coordinator = instance(quiet("quiet"), WorkingCoordinator.worker("1m", 0))) {
      LongSupplier ticks = RouteEnds.count(coordinator, "watch-queues");
      ManagedView view = new ManagedView(coordinator);
      UUID run = database.startRun("flood");
      database.awaitState(run, "work", "completed");
      awaitTicks(ticks, 5);
      long looks = view.number("Looks");
      awaitTicks(ticks, 40);
      assertThat(view.number("Looks")).isEqualTo(looks);
      assertThat(view.number("Depth")).isZero();
      database.awaitState(database.startRun("flood"), "work", "completed");
      await().until(() -> view.number("Looks") > looks);
    }
  }

  private static void awaitTicks(LongSupplier ticks, int more) {
    long wanted = ticks.getAsLong() + more;
    await().atMost(Duration.ofSeconds(30)).until(() -> ticks.getAsLong() >= wanted);
  }

  @Test
  void theViewCountsWhatWaitsAndWhatIsHeld() {
    database.load("workflow: pair\ntracks:\n  a: {}\n  b: {dependsOn: [a]}\n");
    try (Coordinator coordinator = database.coordinator().start()) {
      for (int i = 0; i < 4; i++) {
        database.awaitState(database.startRun("pair"), "a", "triggered");
      }
      claim("a", 1);
      database.passTime(Duration.ofSeconds(30));
      database.sql().queryForList("select track_coordination.hold(handler => 'b')");
      database.insertEvent(run("started"), "a", "completed", "{}");
      await().ignoreExceptions().until(() -> depth("b"), "b 1 0 0 1 null"::equals);
      claim("a", 1);
      assertThat(depth("a")).matches("a 3 2 1 0 3\\d");
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    database
        .sql()
        .update(
            "insert into track_coordination.event_queue (event_id, event_type) values (0, 'released')");
    assertThat(depth("events")).isEqualTo("events 1 1 0 0 null");
    database.sql().update("delete from track_coordination.event_queue");
    database.startRun("pair");
    database.passTime(Duration.ofSeconds(10));
    assertThat(depth("events")).isEqualTo("events 1 1 0 0 10");
  }

  private void claim(String handler, int most) {
    database
        .sql()
        .queryForList(
            "select * from track_coordination.claim_work(?, 'test', ?, interval '1 minute')",
            handler,
            most);
  }

  private UUID run(String state) {
    return database
        .sql()
        .queryForObject(
            "select correlation_id from track_coordination.activation_states where track_id = 'a' and state = ?"
                + " order by due_at desc limit 1",
            UUID.class,
            state);
  }

  private String depth(String name) {
    return database
        .sql()
        .queryForObject(
            "select concat_ws(' ', coalesce(handler, queue), depth, ready, in_progress, held, coalesce(cast(round(extract(epoch from oldest)) as text), 'null'))"
                + " from track_coordination.queue_depth where coalesce(handler, queue) = ?",
            String.class,
            name);
  }

  /** Work that nobody does: of a handler without workers. */
  private void fill(String handler, int rows) {
    database
        .sql()
        .update(
            "insert into track_coordination.work_queue (correlation_id, track_no, handler, due_at, attempt, definition_id)"
                + " select gen_random_uuid(), 0, ?, track_coordination.clock(), 0, 0 from generate_series(1, ?)",
            handler,
            rows);
    move();
  }

  private void refill(int rows) {
    database
        .sql()
        .update(
            "do $$ begin"
                + " delete from track_coordination.work_queue;"
                + " insert into track_coordination.work_queue (correlation_id, track_no, handler, due_at, attempt, definition_id)"
                + " select gen_random_uuid(), 0, 'nobody', track_coordination.clock(), 0, 0 from generate_series(1, %d);"
                    .formatted(rows)
                + " end $$");
    move();
  }

  private void empty() {
    database.sql().update("delete from track_coordination.work_queue");
  }

  /** What any writer's commit does while workers sleep. */
  private void move() {
    database.sql().queryForList("select pg_notify('track_work', '')");
  }

  private static ServiceStatus status(Coordinator coordinator, String route) {
    return coordinator.camel().getRouteController().getRouteStatus(route);
  }

  private static void awaitStatus(Coordinator coordinator, String route, ServiceStatus status) {
    await(route + " is " + status)
        .pollInterval(Duration.ofMillis(10))
        .atMost(Duration.ofSeconds(30))
        .until(() -> status(coordinator, route), status::equals);
  }

  private void awaitGate(String gate) {
    await(gate).atMost(Duration.ofSeconds(30)).until(this::gates, gates -> gates.contains(gate));
  }

  private List<String> gates() {
    return database
        .sql()
        .queryForList(
            "select state || ' ' || route_id || ' by ' || who from track_coordination.gates where kind = 'backpressure'",
            String.class);
  }

  private String reason() {
    return database
        .sql()
        .queryForObject(
            "select reason from track_coordination.gates where kind = 'backpressure'",
            String.class);
  }

  /** The figures as a console sees them. */
  private record ManagedView(ObjectName name) {

    private static final MBeanServer SERVER = ManagementFactory.getPlatformMBeanServer();

    ManagedView(Coordinator coordinator) throws Exception {
      this(
          new ObjectName(
              "org.trackcoordinator:type=Backpressure,instance="
                  + ObjectName.quote(coordinator.instance())));
    }

    Object get(String attribute) throws Exception {
      return SERVER.getAttribute(name, attribute);
    }

    long number(String attribute) throws Exception {
      return (Long) get(attribute);
    }

    void invoke(String operation, String route) throws Exception {
      SERVER.invoke(name, operation, new Object[] {route}, new String[] {String.class.getName()});
    }
  }
}
