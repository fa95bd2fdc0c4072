package org.trackcoordinator.database;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.postgresql.ds.PGSimpleDataSource;

/** Asks the server at a port of this machine whose data it serves. */
final class ServerProbe {

  private static final int SECONDS = 5;

  private ServerProbe() {}

  static String url(int port) {
    return "jdbc:postgresql://localhost:" + port + "/postgres?user=postgres";
  }

  /** Whether a server answers there that serves this very folder. */
  static boolean serves(int port, Path folder) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(url(port));
    source.setConnectTimeout(SECONDS);
    source.setSocketTimeout(SECONDS);
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement();
        ResultSet answer = statement.executeQuery("show data_directory")) {
      return answer.next() && Path.of(answer.getString(1)).toRealPath().equals(folder.toRealPath());
    } catch (SQLException | IOException e) {
      return false;
    }
  }
}
