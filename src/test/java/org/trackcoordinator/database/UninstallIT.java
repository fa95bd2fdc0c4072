package org.trackcoordinator.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is left after {@code uninstall.sql}: what the host had. */
@Tag("processing-logs")
class UninstallIT {

  private static final String SHAPE =
      """
      select string_agg(format('%s %s %s', attname, format_type(atttypid, atttypmod), attnotnull), ', ' order by attnum)
        from pg_attribute where attrelid = 'public.processing_logs'::regclass and attnum > 0 and not attisdropped
      """;

  private final Database database = SharedPostgres.newDatabase();
  private final DataSource source = database.plain();

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void aHostsTableIsAsItWasBeforeWithAllItsRows() throws Exception {
    Query.execute(
        source,
        """
        create table public.processing_logs (id bigserial primary key, user_id uuid, payload jsonb, note text);
        insert into public.processing_logs (note) select 'row ' || n from generate_series(1, 100) n
        """);
    String before = Query.value(source, SHAPE);
    Migrations.migrate(source);
    assertThat(Query.value(source, SHAPE)).isNotEqualTo(before).contains("correlation_id uuid");
    uninstall();
    assertThat(Query.value(source, SHAPE)).isEqualTo(before);
    assertNothingOfOursIsLeft();
    Query.execute(source, "insert into public.processing_logs (note) values ('afterwards')");
    assertThat(Query.value(source, "select count(*) from public.processing_logs")).isEqualTo("101");
    Migrations.migrate(source);
    assertThat(Query.value(source, SHAPE)).contains("correlation_id uuid");
  }

  @Test
  void ourOwnTableStaysAndGoesOnNumberingItsRows() throws Exception {
    Migrations.migrate(source);
    Query.execute(source, "insert into public.processing_logs (track_id) values ('a'), ('b')");
    uninstall();
    assertNothingOfOursIsLeft();
    Query.execute(source, "insert into public.processing_logs (track_id) values ('c')");
    assertThat(
            Query.value(
                source,
                "select string_agg(track_id, ',' order by event_id) from public.processing_logs"))
        .isEqualTo("a,b,c");
    Migrations.migrate(source);
    Query.execute(source, "insert into public.processing_logs (track_id) values ('d')");
    assertThat(
            Query.value(
                source,
                "select string_agg(track_id, ',' order by event_id) from public.processing_logs"))
        .as("migrated again: numbers go on where they were")
        .isEqualTo("a,b,c,d");
    uninstall();
    assertNothingOfOursIsLeft();
    Query.execute(source, "insert into public.processing_logs (track_id) values ('e')");
  }

  @Test
  void aHostsNumberedColumnGoesOnNumberingInBothDirections() throws Exception {
    Query.execute(
        source,
        """
        create table public.processing_logs (event_id bigint generated always as identity primary key, note text);
        insert into public.processing_logs (note) select 'row ' || n from generate_series(1, 100) n
        """);
    Migrations.migrate(source);
    Query.execute(source, "insert into public.processing_logs (note) values ('ours')");
    uninstall();
    Query.execute(source, "insert into public.processing_logs (note) values ('afterwards')");
    assertThat(
            Query.column(
                source, "select note from public.processing_logs where event_id > 100 order by 1"))
        .containsExactly("afterwards", "ours");
  }

  private void uninstall() throws IOException, SQLException {
    Query.execute(source, Files.readString(Path.of("migrations/uninstall/uninstall.sql")));
  }

  private void assertNothingOfOursIsLeft() throws SQLException {
    assertThat(Query.value(source, "select to_regnamespace('track_coordination')")).isNull();
    assertThat(
            Query.value(
                source,
                "select count(*) from pg_trigger where tgrelid = 'public.processing_logs'::regclass and not tgisinternal"))
        .isEqualTo("0");
    assertThat(
            Query.value(
                source, "select to_regclass('public.processing_logs_correlation_id_event_id')"))
        .isNull();
  }
}
