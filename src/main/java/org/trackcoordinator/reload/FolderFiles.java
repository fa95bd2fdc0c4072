package org.trackcoordinator.reload;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * The files of a folder and of the folders in it, through symbolic links; not those whose names
 * begin with a dot, and no endless ones.
 */
final class FolderFiles {

  private static final long LARGEST = 10L * 1024 * 1024;

  private final Path root;
  private final int deepest;
  private final Predicate<Path> wanted;
  private final Reader reader;
  private final Map<String, Content> contents = new TreeMap<>();
  private boolean wasThere;

  /** What reads a file. */
  interface Reader {
    byte[] read(Path file) throws IOException;
  }

  /** By what one can see that a file is another than before. */
  record Stamp(long size, FileTime modified, Object key) {}

  /** What is in a file; {@code text} is null if it can't be taken, and then it is said why. */
  record Content(Stamp stamp, String text, String failure, boolean isUnreadable) {

    static Content of(Stamp stamp, String text) {
      return new Content(stamp, text, null, false);
    }

    static Content refused(Stamp stamp, String why) {
      return new Content(stamp, null, why, false);
    }
  }

  /**
   * @param deepest how many levels of folders are looked into, 1 for the folder itself
   * @param wanted whether a file, or a folder in it, is of interest
   */
  FolderFiles(Path root, int deepest, Predicate<Path> wanted, Reader reader) {
    this.root = root;
    this.deepest = deepest;
    this.wanted = wanted;
    this.reader = reader;
  }

  /** The stamps of all files by their path with slashes, and the folders that they lie in. */
  record Look(Map<String, Stamp> stamps, Set<Path> folders) {}

  /**
   * Looks what there is; reads no file.
   *
   * @throws UncheckedIOException if that can't be told now: what is not seen need not be gone
   */
  Look look() {
    Look look = new Look(new TreeMap<>(), new TreeSet<>());
    if (!wasThere && !Files.exists(root)) {
      return look;
    }
    wasThere = true;
    try {
      Files.walkFileTree(
          root,
          EnumSet.of(FileVisitOption.FOLLOW_LINKS),
          deepest,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
              if (!folder.equals(root) && !isWanted(folder)) {
                return FileVisitResult.SKIP_SUBTREE;
              }
              look.folders().add(folder);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              if (attributes.isRegularFile() && isWanted(file)) {
                look.stamps()
                    .put(
                        root.relativize(file).toString().replace('\\', '/'),
                        new Stamp(
                            attributes.size(),
                            attributes.lastModifiedTime(),
                            attributes.fileKey()));
              }
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
              boolean gone = e instanceof NoSuchFileException && !file.equals(root);
              if (gone || e instanceof FileSystemLoopException) {
                return FileVisitResult.CONTINUE;
              }
              throw e;
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return look;
  }

  /** Reads what is new since the last time, and what could not be read then. */
  Map<String, Content> read(Map<String, Stamp> stamps) {
    contents.keySet().retainAll(stamps.keySet());
    stamps.forEach(
        (file, stamp) -> {
          Content known = contents.get(file);
          if (known == null || !known.stamp().equals(stamp) || known.isUnreadable()) {
            contents.put(file, read(file, stamp));
          }
        });
    return Map.copyOf(contents);
  }

  private Content read(String file, Stamp stamp) {
    if (stamp.size() > LARGEST) {
      return Content.refused(stamp, "is larger than 10 MB");
    }
    try {
      ByteBuffer bytes = ByteBuffer.wrap(reader.read(root.resolve(file)));
      return Content.of(stamp, StandardCharsets.UTF_8.newDecoder().decode(bytes).toString());
    } catch (CharacterCodingException e) {
      return Content.refused(stamp, "is not UTF-8; save it as UTF-8");
    } catch (IOException e) {
      return new Content(stamp, null, "can't be read, it is tried again: " + e, true);
    }
  }

  /** Whether some file could not be read the last time, though it may be in order. */
  boolean hasUnreadable() {
    return contents.values().stream().anyMatch(Content::isUnreadable);
  }

  private boolean isWanted(Path path) {
    return !path.getFileName().toString().startsWith(".") && wanted.test(path);
  }
}
