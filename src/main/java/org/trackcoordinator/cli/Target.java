package org.trackcoordinator.cli;

import java.nio.file.Path;
import java.util.Optional;
import org.trackcoordinator.config.TokenFile;
import org.trackcoordinator.operations.DatabaseOperations;
import org.trackcoordinator.operations.Operations;
import org.trackcoordinator.operations.ServerAddress;
import org.trackcoordinator.operations.ServerOperations;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

/** Options that say whom a command asks: the database of the settings, or a running server. */
final class Target {

  @Option(
      names = "--server",
      paramLabel = "URL",
      converter = AddressConverter.class,
      description = "Ask the running coordinator at http://127.0.0.1:8080, say, not the database.")
  private ServerAddress server;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "The token for it; by default TRACKS_API_TOKEN, or TRACKS_API_TOKEN_FILE.")
  private Path tokenFile;

  /** An address, or what is wrong with it. */
  static final class AddressConverter implements ITypeConverter<ServerAddress> {
    @Override
    public ServerAddress convert(String text) {
      try {
        return ServerAddress.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  boolean isServer() {
    return server != null;
  }

  /** Opens what is to be asked. */
  Operations open(TrackCoordinator program, CommandSpec spec) {
    if (server != null) {
      return new ServerOperations(server, token(program));
    } else if (tokenFile != null) {
      throw new ParameterException(
          spec.commandLine(), "--token-file is for a server; give --server too");
    }
    return new DatabaseOperations(program.existingDatabase());
  }

  private Optional<String> token(TrackCoordinator program) {
    return tokenFile == null
        ? program.settings().apiToken()
        : Optional.of(TokenFile.read(program.resolve(tokenFile)));
  }
}
