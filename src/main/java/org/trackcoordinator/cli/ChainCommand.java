package org.trackcoordinator.cli;

import java.time.Duration;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.trackcoordinator.operations.Operations;
import org.trackcoordinator.operations.RefusedOperation;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "chain", description = "Show what happened in a run, event by event.")
final class ChainCommand extends OperationCommand {

  @Parameters(paramLabel = "CORRELATION_ID", description = "The run's correlation id.")
  private UUID correlationId;

  @Option(names = "--json", description = "Print one JSON object per event.")
  private boolean json;

  @Override
  int call(Operations operations) {
    List<ChainRow> rows = read(operations);
    if (json) {
      rows.forEach(row -> JsonLines.print(object(row), out()));
    } else {
      ChainTable.print(rows, ZoneId.systemDefault(), ansi(), out());
    }
    return 0;
  }

  private List<ChainRow> read(Operations operations) {
    try {
      return ExecutionChain.read(operations, correlationId);
    } catch (RefusedOperation e) {
      if (e.isUnknown()) {
        throw new Refusal("%s has no run %s".formatted(operations.place(), correlationId), e);
      }
      throw e;
    }
  }

  private static Map<String, Object> object(ChainRow row) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("eventId", row.eventId());
    object.put("trackId", row.trackId());
    object.put("eventType", row.eventType());
    object.put("attempt", row.attempt());
    object.put("createdAt", row.createdAt() == null ? null : row.createdAt().toString());
    object.put("durationSeconds", row.duration() == null ? null : seconds(row.duration()));
    object.put("sourceTrack", row.sourceTrack());
    object.put("fate", row.fate());
    object.put("detail", row.detail());
    return object;
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }
}
