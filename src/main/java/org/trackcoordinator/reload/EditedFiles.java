package org.trackcoordinator.reload;

import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trackcoordinator.reload.FolderFiles.Content;
import org.trackcoordinator.reload.FolderFiles.Look;
import org.trackcoordinator.reload.FolderFiles.Stamp;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.InvalidWorkflowException;
import org.trackcoordinator.workflow.Problem;
import org.trackcoordinator.workflow.WorkflowFiles;

/**
 * Watches the folders of routes and workflows and makes live what is saved there, or says why not:
 * in the log, once, and in {@link EditedFilesHealth}.
 */
public final class EditedFiles implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(EditedFiles.class);

  /** How often it looks where the system does not tell. */
  private static final long LOOK_MILLIS = 500;

  private static final int DEEPEST = 8;
  private static final long AGAIN_MILLIS = 1_000;
  private static final long STOP_MILLIS = 5_000;

  private final Path routesFolder;
  private final Path workflowFolder;
  private final EditedFilesHealth health;
  private final FolderFiles routeFiles;
  private final FolderFiles workflowFiles;
  private final Settings settings;
  private final long quietMillis;
  private RouteEdits routes;
  private WorkflowEdits workflows; // both null before it begins
  private final FolderWatch watch;
  private final ReentrantLock looking = new ReentrantLock();
  private volatile boolean closed;
  private Thread thread;
  private Seen seen; // at the last look
  private Seen settled; // what was made live, or refused
  private boolean tried = true; // a part of what was seen may not be what is live
  private long changedAt;
  private long triedAt;
  private boolean again; // something could not be done for now
  private List<Problem> problems = List.of();
  private String failure; // why the last look failed

  /** The files that there were, by their paths in their folders. */
  private record Seen(Map<String, Stamp> routes, Map<String, Stamp> workflows) {

    Seen(Look routes, Look workflows) {
      this(routes.stamps(), workflows.stamps());
    }
  }

  /**
   * What the files are edited for.
   *
   * @param folders the sub-folders whose routes are read
   * @param calledFromOutside inputs of routes that the program itself sends to, {@code direct:…}
   * @param property the value of a placeholder's key; null if it has none
   * @param makeCurrent stores a definition; may fail while the database is away
   * @param loaded the definitions that are current already: what a file says else is an edit
   * @param commands held by whoever stops, suspends, resumes or starts a route
   * @param afterwards is told when routes were changed, with {@code commands} held, and which are
   *     not expected to run any more
   * @param quiet how long a file has not changed when it is taken; four times as long if it looks
   *     as if its writer were not done yet
   */
  public record Settings(
      Set<String> folders,
      Set<String> calledFromOutside,
      UnaryOperator<String> property,
      Consumer<Definition> makeCurrent,
      List<Definition> loaded,
      Lock commands,
      Consumer<Set<String>> afterwards,
      Duration quiet) {}

  /**
   * Watches nothing yet.
   *
   * @param routesFolder with the routes that the context is started with
   * @param workflows a folder or file; it need not be there
   */
  public EditedFiles(
      Path routesFolder, Path workflows, EditedFilesHealth health, Settings settings) {
    this(routesFolder, workflows, health, settings, new FolderWatch(), Files::readAllBytes);
  }

  EditedFiles(
      Path routesFolder,
      Path workflows,
      EditedFilesHealth health,
      Settings settings,
      FolderWatch watch,
      FolderFiles.Reader reader) {
    this.watch = watch;
    this.routesFolder = routesFolder.toAbsolutePath().normalize();
    Path workflowsPath = workflows.toAbsolutePath().normalize();
    this.health = health;
    this.settings = settings;
    this.quietMillis = settings.quiet().toMillis();
    this.routeFiles =
        new FolderFiles(
            this.routesFolder,
            DEEPEST,
            path -> this.routesFolder.startsWith(workflowsPath) || !path.startsWith(workflowsPath),
            reader);
    boolean oneFile = Files.isRegularFile(workflowsPath);
    this.workflowFolder = oneFile ? workflowsPath.getParent() : workflowsPath;
    this.workflowFiles =
        new FolderFiles(
            workflowFolder,
            1,
            path -> oneFile ? path.equals(workflowsPath) : WorkflowFiles.isWorkflowFile(path),
            reader);
  }

  /** Looks at what the program is about to start with: what changes from now on is an edit. */
  public void lookBefore() {
    settled = new Seen(routeFiles.look(), workflowFiles.look());
    seen = settled;
    changedAt = System.nanoTime();
    routeFiles.read(settled.routes());
    workflowFiles.read(settled.workflows());
  }

  /**
   * The context did not start.
   *
   * @return the same failure, or {@link InvalidWorkflowException} with the places in the files that
   *     are to blame
   */
  public Exception explain(CamelContext context, Exception failure) {
    List<Problem> problems =
        routeEdits((EditableCamelContext) context, lint(context))
            .whyNotStarted(routeFiles.read(settled.routes()), failure);
    if (problems.isEmpty()) {
      return failure;
    }
    InvalidWorkflowException faulty = new InvalidWorkflowException(problems);
    faulty.initCause(failure);
    return faulty;
  }

  private FolderLint lint(CamelContext context) {
    return new FolderLint(
        shown(routesFolder),
        shown(workflowFolder),
        settings.property(),
        () ->
            context.getRoutes().stream()
                .map(RouteChecks::inputOf)
                .filter(Objects::nonNull)
                .collect(Collectors.toSet()));
  }

  private RouteEdits routeEdits(EditableCamelContext context, FolderLint lint) {
    return new RouteEdits(
        context,
        new SourceReader(settings.folders()),
        file -> shown(routesFolder).resolve(file).toString(),
        new RouteChecks(context, settings.calledFromOutside(), lint::news),
        settings.commands(),
        settings.afterwards());
  }

  /** To be called when the routes have started. */
  public void begin(CamelContext context) {
    EditableCamelContext editable = (EditableCamelContext) context;
    FolderLint lint = lint(context);
    routes = routeEdits(editable, lint);
    workflows =
        new WorkflowEdits(
            file -> shown(workflowFolder).resolve(file).toString(),
            settings.makeCurrent(),
            lint::news);
    Runnable first =
        () -> { // takes half a second, for which nobody waits
          lint.start();
          routes.startedWith(routeFiles.read(settled.routes()));
          workflows.startedWith(workflowFiles.read(settled.workflows()), settings.loaded());
        };
    thread =
        editable.getExecutorServiceManager().newThread("edited-files", () -> run(editable, first));
    thread.start();
  }

  /** Watches no more, and returns when an edit that is under way is done. */
  @Override
  public void close() {
    if (thread == null) {
      watch.close();
      return;
    }
    try {
      boolean atRest = looking.tryLock(STOP_MILLIS, TimeUnit.MILLISECONDS);
      closed = true;
      if (atRest) { // an edit is not left half done
        looking.unlock();
      }
      thread.interrupt();
      thread.join(STOP_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    watch.close();
  }

  private void run(EditableCamelContext context, Runnable first) {
    try {
      long pause = 0;
      boolean begun = false;
      while (!closed) {
        watch.await(pause);
        looking.lock();
        try {
          if (closed) {
            return;
          }
          if (!begun) {
            first.run();
            begun = true;
          }
          boolean soon = look();
          context.lookAtLeaving();
          pause = soon ? quietMillis / 3 : LOOK_MILLIS;
          tellFailure(null);
        } catch (RuntimeException | Error e) { // whatever it was, the next look may go well
          if (!isOfGoneFile(e)) {
            tellFailure(e);
          }
          pause = LOOK_MILLIS;
        } finally {
          looking.unlock();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // stopped
    }
  }

  /** One that went while the folder was looked through: that is an edit, no failure. */
  private boolean isOfGoneFile(Throwable e) {
    return e.getCause() instanceof NoSuchFileException && Files.isDirectory(routesFolder);
  }

  /** Returns whether to look again soon. */
  private boolean look() {
    Look routesNow = routeFiles.look();
    Look workflowsNow = workflowFiles.look();
    Set<Path> folders = new TreeSet<>(routesNow.folders());
    folders.addAll(workflowsNow.folders());
    watch.watch(folders);
    Seen now = new Seen(routesNow, workflowsNow);
    long time = System.nanoTime();
    if (!now.equals(seen)) {
      seen = now;
      changedAt = time;
      return true;
    }
    boolean retry = again && time - triedAt > TimeUnit.MILLISECONDS.toNanos(AGAIN_MILLIS);
    if (now.equals(settled) && !tried && !retry) {
      return false;
    }
    long quiet = TimeUnit.NANOSECONDS.toMillis(time - changedAt);
    if (quiet < quietMillis) {
      return true;
    }
    Map<String, Content> routesRead = routeFiles.read(routesNow.stamps());
    Map<String, Content> workflowsRead = workflowFiles.read(workflowsNow.stamps());
    if (!new Seen(routeFiles.look(), workflowFiles.look()).equals(now)) {
      return true; // written while it was read
    }
    boolean patient = quiet >= 4 * quietMillis;
    if (!patient
        && (areUnfinished(routesRead, settled.routes())
            || areUnfinished(workflowsRead, settled.workflows()))) {
      return true;
    }
    List<Problem> wrong = new ArrayList<>(routes.apply(routesRead));
    wrong.addAll(workflows.apply(workflowsRead));
    triedAt = time;
    if (!wrong.isEmpty() && !patient) {
      tried = true;
      return true; // it may be better in a moment
    }
    tried = false;
    settled = now;
    tell(wrong);
    return false;
  }

  /** Nobody ends a text without the end of its line; a writer who is not done may have. */
  private static boolean areUnfinished(Map<String, Content> contents, Map<String, Stamp> before) {
    return contents.entrySet().stream()
        .filter(file -> !file.getValue().stamp().equals(before.get(file.getKey())))
        .map(file -> file.getValue().text())
        .anyMatch(text -> text != null && !text.endsWith("\n"));
  }

  /** Once for each reason; null: there is none any more. */
  private void tellFailure(Throwable e) {
    String reason = e == null ? null : e.toString();
    if (Objects.equals(reason, failure)) {
      return;
    }
    failure = reason;
    if (e == null) {
      LOG.info("edited files are looked at again");
      health.tell(problems);
    } else {
      LOG.warn("edited files can't be looked at, it is tried again; what was there runs on", e);
      Problem problem =
          new Problem(shown(routesFolder).toString(), 0, 0, "", "can't be looked at: " + reason);
      health.tell(Stream.concat(problems.stream(), Stream.of(problem)).toList());
    }
  }

  private void tell(List<Problem> wrong) {
    for (Problem problem : wrong) {
      if (!problems.contains(problem)) {
        LOG.warn("{} (not live; what was there before runs on)", problem);
      }
    }
    Set<String> mended = new TreeSet<>();
    problems.forEach(problem -> mended.add(problem.file()));
    wrong.forEach(problem -> mended.remove(problem.file()));
    mended.forEach(file -> LOG.info("{} is in order again", file));
    again =
        routes.isToBeTriedAgain()
            || workflows.isToBeTriedAgain()
            || routeFiles.hasUnreadable()
            || workflowFiles.hasUnreadable();
    problems = List.copyOf(wrong);
    health.tell(problems);
  }

  /** As a path from the working directory, when it lies there. */
  private static Path shown(Path path) {
    Path here = Path.of("").toAbsolutePath();
    return path.startsWith(here) && !path.equals(here) ? here.relativize(path) : path;
  }
}
