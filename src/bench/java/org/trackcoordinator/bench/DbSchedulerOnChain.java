package org.trackcoordinator.bench;

import static org.awaitility.Awaitility.await;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.serializer.JacksonSerializer;
import com.github.kagkarlsson.scheduler.task.CompletionHandler;
import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * The chain of four on db-scheduler, the way that is fastest there: one UPDATE turns an execution
 * into that of the next task. Its table holds what is to be done, no log.
 */
final class DbSchedulerOnChain implements Candidate {

  private static final int THREADS = 20;
  private static final Duration POLL = Duration.ofMillis(50);

  /** As its documentation has it for PostgreSQL. */
  private static final String[] TABLE = {
    """
    create table if not exists bench.scheduled_tasks (
      task_name text not null, task_instance text not null, task_data bytea, execution_time timestamptz not null,
      picked boolean not null, picked_by text, last_success timestamptz, last_failure timestamptz,
      consecutive_failures int, last_heartbeat timestamptz, version bigint not null, priority smallint,
      primary key (task_name, task_instance))
    """,
    "create index if not exists scheduled_tasks_execution_time on bench.scheduled_tasks (execution_time)",
    "create index if not exists scheduled_tasks_last_heartbeat on bench.scheduled_tasks (last_heartbeat)"
  };

  private final JacksonSerializer json = new JacksonSerializer();
  private final Bed bed;
  private final int runs;

  DbSchedulerOnChain(Bed bed, int runs) {
    this.bed = bed;
    this.runs = runs;
  }

  @Override
  public String name() {
    return "db-scheduler";
  }

  @Override
  public Bed bed() {
    return bed;
  }

  @Override
  public Round prepare() throws Exception {
    Sql sql = bed.ground().sql();
    sql.execute(TABLE);
    sql.execute("truncate bench.scheduled_tasks");
    enqueue(sql);
    sql.execute("vacuum analyze bench.scheduled_tasks");
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(bed.database().url());
    config.setMaximumPoolSize(THREADS + 4);
    HikariDataSource pool = new HikariDataSource(config);
    LongAdder executed = new LongAdder();
    Scheduler scheduler =
        Scheduler.create(pool, tasks(executed))
            .tableName("bench.scheduled_tasks")
            .threads(THREADS)
            .pollingInterval(POLL)
            .pollUsingLockAndFetch(1.0, 4.0)
            .serializer(json)
            .build();
    return new Round() {
      @Override
      public long hops() {
        return (long) runs * Workflows.CHAIN.size();
      }

      @Override
      public void go() throws Exception {
        scheduler.start();
        await("all tasks are executed")
            .atMost(Duration.ofMinutes(2))
            .pollInterval(Duration.ofMillis(2))
            .until(() -> executed.sum() >= hops());
        sql.await("no task is left", "select not exists (select from bench.scheduled_tasks)");
      }

      @Override
      public void verify(boolean last) {
        if (executed.sum() != hops()) {
          throw new IllegalStateException(executed.sum() + " executions of " + hops());
        }
      }

      @Override
      public void close() throws Exception {
        scheduler.stop();
        pool.close();
        sql.execute("drop table bench.scheduled_tasks");
      }
    };
  }

  private void enqueue(Sql sql) throws Exception {
    try (PreparedStatement insert =
        sql.connection()
            .prepareStatement(
                "insert into bench.scheduled_tasks (task_name, task_instance, task_data, execution_time, picked, version) select ?, n, ?, now(), false, 1 from generate_series(1, ?) n")) {
      insert.setString(1, Workflows.CHAIN.get(0));
      insert.setBytes(2, json.serialize(Payload.JSON));
      insert.setInt(3, runs);
      insert.executeUpdate();
    }
  }

  private static List<Task<?>> tasks(LongAdder executed) {
    List<Task<?>> tasks = new ArrayList<>();
    for (int index = 0; index < Workflows.CHAIN.size(); index++) {
      boolean last = index + 1 == Workflows.CHAIN.size();
      CompletionHandler<String> then =
          last
              ? new CompletionHandler.OnCompleteRemove<>()
              : new CompletionHandler.OnCompleteReplace<>(
                  Workflows.CHAIN.get(index + 1), Payload.JSON);
      tasks.add(
          Tasks.custom(Workflows.CHAIN.get(index), String.class)
              .execute(
                  (instance, context) -> {
                    instance.getData();
                    executed.increment();
                    return then;
                  }));
    }
    return tasks;
  }
}
