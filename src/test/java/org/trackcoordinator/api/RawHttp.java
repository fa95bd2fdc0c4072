package org.trackcoordinator.api;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A connection that sends what it is told, byte for byte: also what no client of HTTP would. Text
 * is sent as ISO 8859-1.
 */
public final class RawHttp implements Closeable {

  private static final int PATIENCE_MILLIS = 30_000;

  private final Socket socket = new Socket();
  private final InputStream in;

  public RawHttp(int port) {
    this(port, 0);
  }

  /**
   * @param bufferBytes how much the kernel takes of an answer before it is read; 0 for its own mind
   */
  public RawHttp(int port, int bufferBytes) {
    try {
      if (bufferBytes > 0) {
        socket.setReceiveBufferSize(bufferBytes);
      }
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.setTcpNoDelay(true);
      in = new BufferedInputStream(socket.getInputStream());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * What was answered.
   *
   * @param headers their names in small letters
   */
  public record Reply(int status, Map<String, String> headers, String body) {

    public String header(String name) {
      return headers.get(name.toLowerCase(Locale.ROOT));
    }

    /** Whether the server may close the connection after this: it did not read all, or not well. */
    public boolean isLast() {
      return status == 400 || status == 413 || status == 414 || status == 431;
    }

    @Override
    public String toString() {
      return status + " " + body;
    }
  }

  /** Sends a request on a connection of its own; null if the server closed it without a word. */
  public static Reply ask(int port, String request) {
    try (RawHttp connection = new RawHttp(port)) {
      connection.send(request);
      return connection.read();
    }
  }

  public RawHttp send(String text) {
    return send(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  public RawHttp send(byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
      socket.getOutputStream().flush();
    } catch (SocketException e) {
      // the server closed it before it had read all; what it said is still to be read
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  /** How the next answer begins; the rest is left unread. */
  String beginning() {
    try {
      return line();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The next answer; null if the server closed the connection without one. */
  public Reply read() {
    try {
      String first = line();
      if (first == null) {
        return null;
      }
      int status = Integer.parseInt(first.split(" ")[1]);
      Map<String, String> headers = new TreeMap<>();
      for (String line = line(); line != null && !line.isEmpty(); line = line()) {
        String[] parts = line.split(":", 2);
        headers.put(parts[0].toLowerCase(Locale.ROOT), parts[1].strip());
      }
      return new Reply(status, headers, body(headers));
    } catch (SocketException e) {
      return null; // reset: it was closed while something of ours had not been read
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether the server closes the connection within this time, whatever else it says before. */
  public boolean isClosedWithin(int millis) {
    try {
      socket.setSoTimeout(millis);
      while (in.read() >= 0) {
        // it goes on
      }
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  private String body(Map<String, String> headers) throws IOException {
    String length = headers.get("content-length");
    byte[] body =
        length != null
            ? in.readNBytes(Integer.parseInt(length))
            : headers.containsKey("transfer-encoding") ? chunks() : new byte[0];
    return new String(body, StandardCharsets.UTF_8);
  }

  private byte[] chunks() throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    while (true) {
      String size = line();
      if (size == null) {
        throw new EOFException("in the midst of chunks");
      }
      byte[] chunk = in.readNBytes(Integer.parseInt(size.strip(), 16));
      all.writeBytes(chunk);
      line();
      if (chunk.length == 0) {
        return all.toByteArray();
      }
    }
  }

  /** Without its end; null at the end of the connection. */
  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    int c;
    while ((c = in.read()) >= 0 && c != '\n') {
      if (c != '\r') {
        line.write(c);
      }
    }
    return c < 0 && line.size() == 0 ? null : line.toString(StandardCharsets.ISO_8859_1);
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
