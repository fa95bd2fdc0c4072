package org.trackcoordinator.testing;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.postgresql.PGConnection;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/** Connections that hear of no NOTIFY, as behind a pooler that shares sessions out. */
public final class DeafSource extends DelegatingDataSource {

  public DeafSource(DataSource source) {
    super(source);
  }

  @Override
  public Connection getConnection() throws SQLException {
    Connection connection = super.getConnection();
    PGConnection notices = connection.unwrap(PGConnection.class);
    PGConnection deaf =
        proxy(
            PGConnection.class,
            notices,
            (method, arguments) -> method.equals("getNotifications") ? waited(arguments) : null);
    return proxy(
        Connection.class, connection, (method, arguments) -> method.equals("unwrap") ? deaf : null);
  }

  private static Object waited(Object[] arguments) throws InterruptedException {
    Thread.sleep((int) arguments[0]); // as the driver does when nothing comes
    return new org.postgresql.PGNotification[0];
  }

  private interface Instead {
    Object answer(String method, Object[] arguments) throws Exception;
  }

  private static <T> T proxy(Class<T> type, T real, Instead instead) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> {
              Object answer = instead.answer(method.getName(), arguments);
              if (answer != null) {
                return answer;
              }
              try {
                return method.invoke(real, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }
}
