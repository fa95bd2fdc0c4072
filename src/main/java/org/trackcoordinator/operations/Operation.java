package org.trackcoordinator.operations;

/**
 * What can be asked of the coordinator, and where: each is a function with one JSON argument (see
 * {@code migrations/140_create_json_arguments.sql} and the following) and an entry of the REST
 * interface. Both take the same argument and give the same answer.
 */
public enum Operation {
  RECORD_EVENT("record_track_event_json", "POST", "/events"),
  START_RUN("start_run_json", "POST", "/workflows/{workflow}/runs"),
  LIST_WORKFLOWS("list_workflows_json", "GET", "/workflows"),
  READ_WORKFLOW("workflow_json", "GET", "/workflows/{workflow}"),
  RETIRE_DEFINITION(
      "retire_definition_json", "POST", "/workflows/{workflow}/definitions/{hash}/retire"),
  LIST_RUNS("list_runs_json", "GET", "/runs"),
  READ_RUN("execution_chain_json", "GET", "/runs/{correlationId}"),
  READ_RESULT("run_json", "GET", "/runs/{correlationId}/result"),
  EXPLAIN("why_json", "GET", "/runs/{correlationId}/why"),
  RETRY_RUN("retry_json", "POST", "/runs/{correlationId}/retry"),
  SKIP_TRACK("skip_json", "POST", "/runs/{correlationId}/skip"),
  CANCEL_RUN("cancel_json", "POST", "/runs/{correlationId}/cancel"),
  HOLD("hold_json", "POST", "/hold"),
  RELEASE("release_json", "POST", "/release"),
  LIST_QUEUES("list_queues_json", "GET", "/queues"),
  LIST_GATES("list_gates_json", "GET", "/gates"),
  LIST_QUARANTINE("list_quarantine_json", "GET", "/quarantine"),
  REPLAY_EVENT("replay_event_json", "POST", "/quarantine/{eventId}/replay"),
  DISMISS_EVENT("dismiss_event_json", "POST", "/quarantine/{eventId}/dismiss"),
  AUDIT("audit_json", "GET", "/audit");

  private final String function;
  private final String method;
  private final String path;

  Operation(String function, String method, String path) {
    this.function = function;
    this.method = method;
    this.path = path;
  }

  /** The function in the schema {@code track_coordination}. */
  public String function() {
    return function;
  }

  /** The method of the request: {@code GET} for what changes nothing, else {@code POST}. */
  public String method() {
    return method;
  }

  /** The path below {@code /api}; what stands in braces is a key of the argument. */
  public String path() {
    return path;
  }
}
