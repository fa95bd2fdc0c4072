package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** What the database itself holds a definition to. */
@Tag("track-coordination")
class DefinitionsIT {

  private static final String PAIR =
      "workflow: pair\ntracks:\n  gmail: {}\n  drive: {dependsOn: [gmail]}\n";

  @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();

  @Test
  void aCycleCannotBeWrittenWithLevelsThatAreTrue() {
    assertThatThrownBy(() -> insertBackEdge(database.load(PAIR), 1, 0))
        .hasMessageContaining("definition_dependencies_make_no_cycle");
  }

  @Test
  void aCycleCannotBeWrittenWithLevelsThatAreLies() {
    assertThatThrownBy(() -> insertBackEdge(database.load(PAIR), 0, 1))
        .hasMessageContaining("definition_dependencies_upstream");
  }

  private void insertBackEdge(int definition, int levelOfDrive, int levelOfGmail) {
    database
        .sql()
        .update(
            """
            insert into track_coordination.definition_dependencies
              (definition_id, upstream_no, upstream_level, downstream_no, downstream_level, dependency_count, on_event, stands_in, ends_run)
            values (?, 2, ?, 1, ?, 1, 'completed', false, false)
            """,
            definition,
            levelOfDrive,
            levelOfGmail);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "definitions set workflow = 'other'",
        "definition_tracks set level = 7",
        "definition_dependencies set on_event = 'data_ready'"
      })
  void aDefinitionIsImmutable(String change) {
    database.load(PAIR);
    assertThatThrownBy(() -> database.sql().update("update track_coordination." + change))
        .hasMessageContaining("is immutable: load the changed workflow as a new definition");
  }

  @Test
  void theSameMeaningIsTheSameDefinitionAndTheLastLoadIsCurrent() {
    int first = database.load(PAIR);
    int changed = database.load(PAIR + "  freee: {dependsOn: [drive]}\n");
    assertThat(changed).isNotEqualTo(first);
    assertThat(current()).isEqualTo(changed);
    assertThat(database.load(PAIR)).isEqualTo(first);
    assertThat(current()).isEqualTo(first);
  }

  private long current() {
    return database.count(
        "select definition_id from track_coordination.workflows where workflow = 'pair' and loaded_by = 'test'");
  }
}
