package org.trackcoordinator.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.trackcoordinator.workflow.Definition;

/** The formats that are text. */
@Tag("track-coordination")
class GraphTextTest {

  private static final Definition DEFINITION = SampleGraphs.everyKind();

  @Test
  void mermaid() {
    assertThat(render(GraphFormat.MERMAID))
        .isEqualTo(
            """
            flowchart LR
              accTitle: intake
              t1["scan<br/>Reads paper"]
              t2["ocr<br/>handler textract"]
              t3["type-in<br/>on failure#58; continue"]
              t4["approve<br/>when #36;#123;body#91;total#93;#125; #62; 1000"]
              t5["book<br/>on failure#58; skip-downstream"]
              t1 -. data_ready .-> t2
              t2 == fallback ==> t3
              t2 --> t4
              t4 --> t5
              t2 --> t5
              subgraph ends["when the run ends"]
                e1(["on.failed<br/>handler alert"])
              end
            """);
  }

  @Test
  void dot() {
    assertThat(render(GraphFormat.DOT))
        .isEqualTo(
            """
            digraph "intake" {
              rankdir=LR;
              node [shape=box, style=rounded, fontname="sans-serif"];
              "scan" [label="scan\\nReads paper"];
              "ocr" [label="ocr\\nhandler textract"];
              "type-in" [label="type-in\\non failure: continue"];
              "approve" [label="approve\\nwhen ${body[total]} > 1000"];
              "book" [label="book\\non failure: skip-downstream"];
              "scan" -> "ocr" [style=dashed, label="data_ready"];
              "ocr" -> "type-in" [style=dotted, label="fallback"];
              "ocr" -> "approve";
              "approve" -> "book";
              "ocr" -> "book";
              subgraph cluster_ends {
                label="when the run ends";
                "on.failed" [label="on.failed\\nhandler alert"];
              }
            }
            """);
  }

  @Test
  void json() {
    assertThat(render(GraphFormat.JSON))
        .isEqualTo(
            """
            {"workflow":"intake","hash":"%s","description":"Bills & receipts","levels":5,\
            "nodes":[\
            {"id":"scan","level":0,"description":"Reads paper","handler":"scan","when":null,"onFailure":"fail-run","fallbackOf":null,"root":true,"leaf":false},\
            {"id":"ocr","level":1,"description":null,"handler":"textract","when":null,"onFailure":"fallback","fallbackOf":null,"root":false,"leaf":false},\
            {"id":"type-in","level":2,"description":null,"handler":"type-in","when":null,"onFailure":"continue","fallbackOf":"ocr","root":false,"leaf":false},\
            {"id":"approve","level":3,"description":null,"handler":"approve","when":"${body[total]} > 1000","onFailure":"fail-run","fallbackOf":null,"root":false,"leaf":false},\
            {"id":"book","level":4,"description":null,"handler":"book","when":null,"onFailure":"skip-downstream","fallbackOf":null,"root":false,"leaf":true}],\
            "edges":[\
            {"from":"scan","to":"ocr","kind":"data_ready"},\
            {"from":"ocr","to":"type-in","kind":"fallback"},\
            {"from":"ocr","to":"approve","kind":"completed"},\
            {"from":"approve","to":"book","kind":"completed"},\
            {"from":"ocr","to":"book","kind":"completed"}],\
            "on":[{"id":"on.failed","state":"failed","handler":"alert"}]}
            """
                .formatted(DEFINITION.hash()));
  }

  private static String render(GraphFormat format) {
    return new WorkflowGraph().render(DEFINITION, format, Map.of());
  }
}
