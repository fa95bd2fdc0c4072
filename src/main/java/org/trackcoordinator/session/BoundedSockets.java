package org.trackcoordinator.session;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import javax.net.SocketFactory;

/**
 * Connections that break when they bring more at once than their reader allowed. The driver hands
 * notifications on when no more come, and keeps them until then; whoever may log in may send as
 * many as the server takes, of 8 kB each.
 */
public final class BoundedSockets extends SocketFactory {

  private static final ThreadLocal<Long> LEFT = new ThreadLocal<>();

  /** Made by the driver, by this class's name. */
  public BoundedSockets() {}

  /**
   * Lets this thread read so many bytes until it is called again. A thread that never calls it may
   * read as many as it likes.
   */
  public static void allow(long bytes) {
    LEFT.set(bytes);
  }

  /** More came at once than its reader allowed. */
  public static final class TooMuchException extends IOException {
    TooMuchException() {
      super("too much came at once");
    }
  }

  @Override
  public Socket createSocket() {
    return new Socket() {
      @Override
      public InputStream getInputStream() throws IOException {
        return new Bounded(super.getInputStream());
      }
    };
  }

  private static final class Bounded extends FilterInputStream {

    Bounded(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int octet = super.read();
      count(octet < 0 ? 0 : 1);
      return octet;
    }

    @Override
    public int read(byte[] into, int from, int most) throws IOException {
      int octets = super.read(into, from, most);
      count(Math.max(octets, 0));
      return octets;
    }

    private static void count(int octets) throws TooMuchException {
      Long left = LEFT.get();
      if (left == null) {
        return;
      }
      LEFT.set(left - octets);
      if (octets > left) {
        throw new TooMuchException();
      }
    }
  }

  @Override
  public Socket createSocket(String host, int port) {
    throw notAsked();
  }

  @Override
  public Socket createSocket(InetAddress host, int port) {
    throw notAsked();
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress from, int fromPort) {
    throw notAsked();
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress from, int fromPort) {
    throw notAsked();
  }

  private static UnsupportedOperationException notAsked() {
    return new UnsupportedOperationException("the driver connects its sockets by itself");
  }
}
