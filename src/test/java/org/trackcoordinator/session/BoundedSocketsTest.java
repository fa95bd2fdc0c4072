package org.trackcoordinator.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Who said how much it reads at once is sent no more, and nobody else is held to it. */
@Tag("track-coordination")
class BoundedSocketsTest {

  private final ExecutorService reader = Executors.newSingleThreadExecutor();
  private ServerSocket server;
  private Socket socket;
  private Socket sender;

  @BeforeEach
  void connect() throws IOException {
    server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    socket = new BoundedSockets().createSocket();
    socket.connect(server.getLocalSocketAddress());
    sender = server.accept();
    sender.getOutputStream().write(new byte[300]);
  }

  @AfterEach
  void close() throws IOException {
    reader.shutdownNow();
    sender.close();
    socket.close();
    server.close();
  }

  @Test
  void whatIsMoreThanAllowedBreaksTheConnection() throws Exception {
    reader.submit(this::readBounded).get(10, TimeUnit.SECONDS);
    assertThat(socket.getInputStream().read()).as("by another thread").isZero();
  }

  private Void readBounded() throws IOException {
    InputStream in = socket.getInputStream();
    BoundedSockets.allow(100);
    assertThat(in.readNBytes(100)).hasSize(100);
    BoundedSockets.allow(100);
    assertThat(in.read()).isZero();
    assertThat(in.readNBytes(99)).hasSize(99);
    assertThatThrownBy(in::read).isInstanceOf(BoundedSockets.TooMuchException.class);
    assertThatThrownBy(in::read).isInstanceOf(BoundedSockets.TooMuchException.class);
    BoundedSockets.allow(50);
    assertThat(in.readNBytes(40)).hasSize(40);
    assertThatThrownBy(() -> in.readNBytes(11)).isInstanceOf(BoundedSockets.TooMuchException.class);
    return null;
  }

  @Test
  void whoSaidNothingReadsAll() throws Exception {
    assertThat(socket.getInputStream().readNBytes(300)).hasSize(300);
  }
}
