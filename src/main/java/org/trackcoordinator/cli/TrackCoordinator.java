package org.trackcoordinator.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.trackcoordinator.config.Settings;
import org.trackcoordinator.coordinator.RoutesFolder;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.database.Databases;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The program: without a command it does {@code run}. */
@Command(
    name = "track-coordinator",
    description = "Makes the tracks that log into one PostgreSQL table one workflow.",
    versionProvider = Versions.class,
    subcommands = {
      RunCommand.class,
      MigrateCommand.class,
      ValidateCommand.class,
      SimulateCommand.class,
      WhatIfCommand.class,
      StartCommand.class,
      EventCommand.class,
      RunsCommand.class,
      ChainCommand.class,
      WhyCommand.class,
      QueuesCommand.class,
      GatesCommand.class,
      RetryCommand.class,
      SkipCommand.class,
      CancelCommand.class,
      HoldCommand.class,
      ReleaseCommand.class,
      QuarantineCommand.class,
      WorkflowsCommand.class,
      RetireCommand.class,
      GraphCommand.class,
      CleanUpCommand.class,
      AuditCommand.class,
      CompletionCommand.class
    },
    footerHeading =
        "%nWithout a command: run. Exit codes: 0 done, 1 refused or failed, 2 wrong usage.%n",
    footer =
        "Configuration: environment variables TRACKS_* over application.properties; without"
            + " TRACKS_DATABASE_URL an embedded PostgreSQL in data/postgres. Commands that ask"
            + " something take --server, to ask a running coordinator.")
public final class TrackCoordinator implements Callable<Integer> {

  private static final String DEFAULT_COMMAND = "run";

  /** How long commands that are done soon wait for a database that is down. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Map<String, String> environment;
  private final Path directory;

  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show how to use it, and exit.")
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the versions, and exit.")
  private boolean version;

  @Option(
      names = {"-v", "--verbose"},
      scope = ScopeType.INHERIT,
      description = "Show where in the program an error arose.")
  private boolean verbose;

  private TrackCoordinator(Map<String, String> environment, Path directory) {
    this.environment = environment;
    this.directory = directory;
  }

  /** Runs the program and ends the process with its exit code. */
  public static void main(String[] arguments) {
    // logback.xml reads it when the first class that logs is loaded
    System.setProperty("TRACKS_LOG_FORMAT", Settings.logFormat(System.getenv(), Path.of("")));
    CommandLine commandLine = commandLine(System.getenv(), Path.of(""));
    // Standard output is data for other programs: UTF-8 also where the locale says nothing.
    commandLine.setOut(utf8(FileDescriptor.out));
    commandLine.setErr(utf8(FileDescriptor.err));
    int exitCode = commandLine.execute(arguments);
    commandLine.getOut().flush();
    commandLine.getErr().flush();
    System.exit(exitCode);
  }

  /**
   * The program as a value, for tests and for programs that embed it.
   *
   * @param environment the environment variables
   * @param directory the working directory
   */
  public static CommandLine commandLine(Map<String, String> environment, Path directory) {
    TrackCoordinator program = new TrackCoordinator(environment, directory);
    CommandLine commandLine = new CommandLine(program);
    ServiceLoader.load(Subcommand.class).forEach(commandLine::addSubcommand);
    commandLine.registerConverter(UUID.class, TrackCoordinator::uuid);
    commandLine.setExecutionExceptionHandler(new Failures(() -> program.verbose));
    commandLine.setParameterExceptionHandler(Failures::wrongUsage);
    return commandLine;
  }

  @Override
  public Integer call() {
    CommandLine byDefault = spec.commandLine().getSubcommands().get(DEFAULT_COMMAND);
    if (byDefault == null) {
      throw new ParameterException(spec.commandLine(), "A command is missing");
    }
    return byDefault.execute();
  }

  /**
   * The configuration.
   *
   * @throws org.trackcoordinator.config.InvalidSettingsException listing every mistake
   */
  public Settings settings() {
    return Settings.load(environment, directory);
  }

  /**
   * A setting of the routes as {@code run} would find it: the environment over {@code
   * application.properties} over the file beside the routes; null if none has it.
   *
   * @param subFolder of the routes
   */
  String routeSetting(String subFolder, String key) {
    String variable = key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    if (environment.containsKey(variable)) {
      return environment.get(variable);
    }
    Settings settings = settings();
    return settings
        .others()
        .getProperty(key, RoutesFolder.at(settings.routes()).settings(subFolder).getProperty(key));
  }

  /** The working directory. */
  public Path directory() {
    return directory.toAbsolutePath().normalize();
  }

  /** A path that the user wrote, from the working directory on; a relative one stays one. */
  Path resolve(Path path) {
    return directory.resolve(path).normalize();
  }

  /** Where data goes. */
  public PrintWriter out() {
    return spec.commandLine().getOut();
  }

  /** Whether what is printed may have colours: on a terminal, unless NO_COLOR is set. */
  Ansi ansi() {
    return spec.commandLine().getColorScheme().ansi();
  }

  /** Where everything goes that is said to a person. */
  public PrintWriter err() {
    return spec.commandLine().getErr();
  }

  /**
   * Opens the database for a command that is done soon and reads what others made.
   *
   * @throws Refusal if there is no database yet
   * @throws org.trackcoordinator.database.DatabaseException if it cannot be used
   */
  Database existingDatabase() {
    Settings settings = settings();
    if (settings.databaseUrl().isEmpty() && !Files.isDirectory(settings.databaseFolder())) {
      throw new Refusal(
          "There is no database: TRACKS_DATABASE_URL is not set, and %s does not exist. Begin with 'run' or 'migrate'"
              .formatted(settings.databaseFolder()));
    }
    return Databases.open(settings, PATIENCE);
  }

  /**
   * Opens the database for a command that is done soon; an embedded one is made if need be.
   *
   * @throws org.trackcoordinator.database.DatabaseException if it cannot be used
   */
  Database database() {
    return Databases.open(settings(), PATIENCE);
  }

  private static UUID uuid(String text) {
    try {
      return UUID.fromString(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException("'" + text + "' is not a UUID");
    }
  }

  private static PrintWriter utf8(FileDescriptor descriptor) {
    return new PrintWriter(
        new OutputStreamWriter(new FileOutputStream(descriptor), StandardCharsets.UTF_8), true);
  }
}
