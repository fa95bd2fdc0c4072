package org.trackcoordinator.cli;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
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
              .withTracks()
              .with(settings.others())
              .finishWithin(settings.shutdownTimeout());
      Optional<ApiServer> api = routes.has("api") ? Optional.of(api(settings)) : Optional.empty();
      api.ifPresent(server -> coordinator.withApi().with(ApiServer.BEAN, server));
      DefinitionStore store = new DefinitionStore(database.pool(), coordinator.instance());
      workflows.forEach(store::makeCurrent);
      // On SIGTERM the database's hook ends the coordinator first, then the connections.
      database.beforeClose(() -> stop(coordinator, api));
      coordinator.start();
      LOG.info(
          "Coordinating {} on {} as {}, {}",
          workflows.stream().map(Definition::workflow).toList(),
          database.description(),
          coordinator.instance(),
          api.map(server -> "REST at " + server.listen())
              .orElse("without REST: %s has no folder api".formatted(routes)));
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

  private static void stop(Coordinator coordinator, Optional<ApiServer> api) {
    LOG.info("Stopping");
    api.ifPresent(ApiServer::close);
    coordinator.close();
    LOG.info("Stopped");
  }
}
