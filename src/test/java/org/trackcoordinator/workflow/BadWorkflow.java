package org.trackcoordinator.workflow;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A file that must be refused, from {@code bad-workflows/*.txt}: a head line {@code === name | file
 * | schema refuses}, the file's text, the line {@code ==> refused}, and the problems, one per line.
 *
 * @param schema what the JSON schema alone must say: {@code refuses}, {@code accepts} (the fault
 *     lies in the meaning), or {@code cannot judge} (JSON can't hold it)
 */
record BadWorkflow(String name, String file, String schema, String text, String problems) {

  static Stream<BadWorkflow> all() {
    return Stream.of("syntax", "keys", "graph", "values").flatMap(BadWorkflow::in);
  }

  private static Stream<BadWorkflow> in(String theme) {
    List<BadWorkflow> all = new ArrayList<>();
    String text = Resources.text("bad-workflows/" + theme + ".txt");
    for (String block : text.substring("=== ".length()).split("\n=== ")) {
      String[] head = block.substring(0, block.indexOf('\n')).split(" \\| ");
      String[] parts = block.substring(block.indexOf('\n') + 1).split("==> refused\n");
      all.add(
          new BadWorkflow(
              head[0], head[1], head[2].replace("schema ", ""), parts[0], parts[1].strip()));
    }
    return all.stream();
  }

  @Override
  public String toString() {
    return name;
  }
}
