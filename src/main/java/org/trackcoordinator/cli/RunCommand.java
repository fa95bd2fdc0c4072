package org.trackcoordinator.cli;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trackcoordinator.api.ApiServer;
import org.trackcoordinator.config.Settings;
import org.trackcoordinator.coordinator.Coordinator;
import org.trackcoordinator.coordinator.DefinitionStore;
import org.trackcoordinator.coordinator.RoutesFolder;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.database.Databases;
import org.trackcoordinator.database.Migrations;
import org.trackcoordinator.management.Coordination;
import org.trackcoordinator.management.ManagementServer;
import org.trackcoordinator.observe.TraceSettings;
import org.trackcoordinator.observe.Traces;
import org.trackcoordinator.workflow.Definition;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "run",
    description = "Migrate, load the workflows, and coordinate until stopped (the default).")
final class RunCommand implements Subcommand {

  private static final Logger LOG = LoggerFactory.getLogger(RunCommand.class);

  @ParentCommand private TrackCoordinator program;

  @Override
  public Integer call() throws Exception {
    Settings settings = program.settings();
    RoutesFolder routes = RoutesFolder.at(settings.routes());
    List<Definition> workflows = Workflows.runnable(settings.workflows());
    Database database = Databases.open(settings);
    try {
      Migrations.migrate(database.plain());
      Coordinator coordinator =
          new Coordinator(database.pool(), database.plain(), routes)
              .watching(database.contact())
              .loaded(workflows)
              .editable(settings.workflows())
              .withTracks()
              .managed()
              .with(settings.others())
              .finishWithin(settings.shutdownTimeout());
      if (TraceSettings.areWanted(System.getenv())) {
        Traces traces = Traces.fromEnvironment();
        database.beforeClose(traces::close); // after the coordinator: the last one added goes first
        coordinator.tracing(traces);
      }
      Optional<ApiServer> api = routes.has("api") ? Optional.of(api(settings)) : Optional.empty();
      api.ifPresent(server -> coordinator.withApi().with(ApiServer.BEAN, server));
      DefinitionStore store = new DefinitionStore(database.pool(), coordinator.instance());
      workflows.forEach(store::makeCurrent);
      // On SIGTERM the database's hook ends the coordinator first, then the connections.
      AtomicReference<ManagementServer> management = new AtomicReference<>();
      database.beforeClose(() -> stop(coordinator, api, management.get()));
      coordinator.start();
      database.beforeClose(coordination(database, coordinator)::close);
      management.set(management(settings, coordinator, routes));
      LOG.info(
          "Coordinating {} on {} as {}, {}, Hawtio at {}/hawtio/",
          workflows.stream().map(Definition::workflow).toList(),
          database.description(),
          coordinator.instance(),
          api.map(server -> "REST at " + server.listen())
              .orElse("without REST: %s has no folder api".formatted(routes)),
          management.get().listen());
      new CountDownLatch(1).await();
      return 0;
    } catch (Exception e) {
      database.close();
      throw e;
    }
  }

  private static ApiServer api(Settings settings) {
    return new ApiServer(settings.bind(), settings.httpPort(), settings.apiTokens());
  }

  private static Coordination coordination(Database database, Coordinator coordinator) {
    return new Coordination(coordinator.instance(), database.plain(), database.contact());
  }

  private static ManagementServer management(
      Settings settings, Coordinator coordinator, RoutesFolder routes) {
    return new ManagementServer(
            settings.bind(), settings.managementPort(), settings.apiTokens(), coordinator.camel())
        .withMetrics(coordinator.metrics()::scrape)
        .withHawtio(routes.file("management/jolokia-access.xml"));
  }

  private static void stop(
      Coordinator coordinator, Optional<ApiServer> api, ManagementServer management) {
    LOG.info("Stopping");
    api.ifPresent(ApiServer::close);
    coordinator.close();
    if (management != null) { // the last to go: it tells that the others are going
      management.close();
    }
    LOG.info("Stopped");
  }
}
