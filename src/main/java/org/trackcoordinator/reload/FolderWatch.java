package org.trackcoordinator.reload;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits until something may have changed in some folders. The system tells of most changes; not of
 * those that another machine makes on a shared disk, or of what a symbolic link leads to.
 */
class FolderWatch implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(FolderWatch.class);

  private final Map<Path, WatchKey> keys = new HashMap<>();
  private WatchService service; // null where there is none

  FolderWatch() {
    try {
      service = FileSystems.getDefault().newWatchService();
    } catch (IOException | UnsupportedOperationException e) {
      LOG.info("The system does not tell of edited files, they are looked for: {}", e.getMessage());
    }
  }

  /** From now on these folders, and no others. */
  void watch(Set<Path> folders) {
    if (service == null) {
      return;
    }
    keys.entrySet()
        .removeIf(
            known -> {
              boolean unwanted = !folders.contains(known.getKey()) || !known.getValue().isValid();
              if (unwanted) {
                known.getValue().cancel();
              }
              return unwanted;
            });
    for (Path folder : folders) {
      if (!keys.containsKey(folder)) {
        try {
          keys.put(
              folder,
              folder.register(
                  service,
                  StandardWatchEventKinds.ENTRY_CREATE,
                  StandardWatchEventKinds.ENTRY_MODIFY,
                  StandardWatchEventKinds.ENTRY_DELETE));
        } catch (IOException e) {
          LOG.debug("{} can't be watched, it is looked at", folder, e);
        }
      }
    }
  }

  /** Returns when something changed, or the time is over. */
  void await(long millis) throws InterruptedException {
    if (service == null) {
      Thread.sleep(millis);
      return;
    }
    WatchKey changed = service.poll(millis, TimeUnit.MILLISECONDS);
    while (changed != null) {
      changed.pollEvents();
      changed.reset();
      changed = service.poll();
    }
  }

  @Override
  public void close() {
    if (service != null) {
      try {
        service.close();
      } catch (IOException e) {
        LOG.debug("the watch can't be closed", e);
      }
    }
  }
}
