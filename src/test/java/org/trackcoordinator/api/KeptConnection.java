package org.trackcoordinator.api;

import java.io.Closeable;

/** Asks on one connection for as long as the server keeps it open, and then on another. */
final class KeptConnection implements Closeable {

  private final int port;
  private RawHttp connection;

  KeptConnection(int port) {
    this.port = port;
  }

  /** Null if the server closed the connection without an answer. */
  RawHttp.Reply ask(RawRequest request) {
    if (connection == null) {
      connection = new RawHttp(port);
    }
    RawHttp.Reply reply = connection.send(request.bytes()).read();
    if (reply == null || reply.isLast()) {
      close();
    }
    return reply;
  }

  @Override
  public void close() {
    if (connection != null) {
      connection.close();
      connection = null;
    }
  }
}
