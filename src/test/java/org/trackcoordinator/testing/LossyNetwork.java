package org.trackcoordinator.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A way to a server on this machine that can swallow all packets: connections stay open, nothing
 * comes through. What was open then stays silent for ever, also when the way is good again.
 */
public final class LossyNetwork implements AutoCloseable {

  private final ServerSocket entry;
  private final int server;
  private final List<Way> ways = new CopyOnWriteArrayList<>();
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "lossy-network");
            thread.setDaemon(true);
            return thread;
          });
  private volatile boolean lossy;

  private final class Way {
    private final Socket client;
    private final Socket behind;
    private volatile boolean lost;

    private Way(Socket client) throws IOException {
      this.client = client;
      this.behind = new Socket(InetAddress.getLoopbackAddress(), server);
      this.lost = lossy;
    }

    private void pump(Socket from, Socket to) {
      try {
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        byte[] some = new byte[8192];
        for (int read = in.read(some); read >= 0; read = in.read(some)) {
          if (!lost) {
            out.write(some, 0, read);
          }
        }
      } catch (IOException e) {
        // the other side ended
      }
      if (!lost) {
        close();
      }
    }

    private void close() {
      try {
        client.close();
        behind.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /**
   * Opens the way.
   *
   * @param server the server's port
   */
  public LossyNetwork(int server) throws IOException {
    this.server = server;
    this.entry = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    threads.execute(this::accept);
  }

  /** Where clients connect. */
  public int port() {
    return entry.getLocalPort();
  }

  /** From now on nothing comes through. */
  public void lose() {
    lossy = true;
    ways.forEach(way -> way.lost = true);
  }

  /** New connections come through; those from before never will. */
  public void restore() {
    lossy = false;
  }

  private void accept() {
    while (!entry.isClosed()) {
      try {
        Way way = new Way(entry.accept());
        ways.add(way);
        threads.execute(() -> way.pump(way.client, way.behind));
        threads.execute(() -> way.pump(way.behind, way.client));
      } catch (IOException e) {
        // closed, or the server is gone
      }
    }
  }

  @Override
  public void close() throws IOException {
    entry.close();
    ways.forEach(Way::close);
    threads.shutdownNow();
  }
}
