package org.trackcoordinator.database;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;

/**
 * The version of the program that last migrated a database, kept as a comment on the schema.
 *
 * <p>A program works with a schema of its own version and the next minor one: releases that change
 * the schema add to it first and take away one minor version later.
 */
record SchemaVersion(int major, int minor) {

  /** This program's; the major and minor number of the version in the POM. */
  static final SchemaVersion CURRENT = new SchemaVersion(0, 1);

  private static final String COMMENT = "Track coordinator, schema of version ";
  private static final Pattern IN_COMMENT = Pattern.compile(COMMENT + "(\\d+)\\.(\\d+)");

  static Optional<SchemaVersion> of(DataSource source) throws SQLException {
    try (Connection connection = source.getConnection()) {
      return of(connection);
    }
  }

  /** Writes this version into the schema, unless it says this or a later one already. */
  void writeTo(DataSource source) throws SQLException {
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      // two comments at once would fail: "tuple concurrently updated"
      statement.execute("select pg_advisory_xact_lock(hashtext('" + COMMENT + "'))");
      if (of(connection).filter(there -> !there.olderThan(this)).isEmpty()) {
        statement.execute(
            "comment on schema %s is '%s%s'".formatted(Migrations.SCHEMA, COMMENT, this));
      }
      connection.commit();
    }
  }

  boolean olderThan(SchemaVersion other) {
    return major < other.major || (major == other.major && minor < other.minor);
  }

  /** Whether a program of this version may work with a schema of another, later one. */
  boolean worksWith(SchemaVersion later) {
    return major == later.major && later.minor - minor <= 1;
  }

  @Override
  public String toString() {
    return major + "." + minor;
  }

  private static Optional<SchemaVersion> of(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "select obj_description(to_regnamespace('%s'), 'pg_namespace')"
                    .formatted(Migrations.SCHEMA))) {
      row.next();
      return Optional.ofNullable(row.getString(1))
          .map(IN_COMMENT::matcher)
          .filter(Matcher::matches)
          .map(
              parts ->
                  new SchemaVersion(
                      Integer.parseInt(parts.group(1)), Integer.parseInt(parts.group(2))));
    }
  }
}
