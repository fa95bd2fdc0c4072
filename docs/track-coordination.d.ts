// Types of the track coordinator's REST interface (routes/api/openapi.json), of the events that it streams, and of workflow
// files (names that begin with Workflow). Made from these documents by TypeScriptTest; not edited by hand.

/** Any JSON object of at most 1,048,576 bytes. */
export type Payload = Record<string, unknown>;

export type RunState = 'running' | 'completed' | 'failed' | 'cancelled' | 'timed_out';

export type TrackState = 'waiting' | 'held' | 'triggered' | 'started' | 'completed' | 'failed' | 'timed_out' | 'skipped' | 'cancelled';

export type EventType = 'triggered' | 'started' | 'data_ready' | 'completed' | 'failed' | 'timed_out' | 'retried' | 'skipped' | 'cancelled';

/** What others may record; the other event types are written by the coordinator. */
export type ReportedEventType = 'started' | 'data_ready' | 'completed' | 'failed' | 'timed_out';

/** Problem details, RFC 9457. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  /** What is wrong. */
  detail: string;
  /** What to do about it. */
  hint?: string;
  /** The SQLSTATE, where the database refused. */
  code?: string;
}

export interface NewEvent {
  /** The run; a new one starts a run if the track is a root of exactly one workflow. */
  correlationId: string;
  trackId: string;
  eventType: ReportedEventType;
  userId?: string;
  payload?: Payload;
  /** attempt: the attempt that the event speaks for; without it the current one. workflow: which to start. */
  metadata?: Record<string, unknown>;
}

export interface RecordedEvent {
  eventId: number;
}

export interface NewRun {
  payload?: Payload;
  /** The run's id, a new UUIDv7 by default. */
  correlationId?: string;
  userId?: string;
  /** The same key of the same workflow returns the same run; another payload is refused then. */
  idempotencyKey?: string;
  /** A root track whose work is done already; the payload is what it completed with. */
  completes?: string;
  /** Its work is claimed as if it had been ready 10 minutes earlier for each. */
  priority?: number;
  /** The trace (W3C Trace Context) that the run is to be part of; a header of this name goes before it. */
  traceparent?: string;
}

export interface StartedRun {
  correlationId: string;
  workflow: string;
  state: RunState;
}

export interface RunTrack {
  trackId: string;
  handler: string;
  state: TrackState;
  attempt: number | null;
  worker: string | null;
  doing: string | null;
  dueAt: string | null;
}

export interface Run {
  correlationId: string;
  workflow: string | null;
  /** The SHA-256 of the definition. */
  definition: string | null;
  state: 'running' | 'completed' | 'failed' | 'cancelled' | 'timed_out' | null;
  userId: string | null;
  priority: number | null;
  startedAt: string | null;
  finishedAt: string | null;
  deadlineAt: string | null;
  /** What failed. */
  error: string | null;
  /** What its leaves hand on; null unless it completed. */
  result: Record<string, unknown> | null;
  tracks: Array<RunTrack>;
}

export interface Event {
  eventId: number;
  trackId: string | null;
  eventType: EventType;
  attempt: number | null;
  createdAt: string | null;
  durationSeconds: number | null;
  sourceTrack: string | null;
  fate: 'consumed' | 'duplicate' | 'late' | 'ignored' | 'quarantined' | null;
  detail: string | null;
}

/** A run with all of its events. Where only events in quarantine are known, all but these and the id is null. */
export interface ExecutionChain {
  correlationId: string;
  workflow: string | null;
  /** The SHA-256 of the definition. */
  definition: string | null;
  state: 'running' | 'completed' | 'failed' | 'cancelled' | 'timed_out' | null;
  userId: string | null;
  priority: number | null;
  startedAt: string | null;
  finishedAt: string | null;
  deadlineAt: string | null;
  /** What failed. */
  error: string | null;
  events: Array<Event>;
}

export interface ListedRun {
  correlationId: string;
  workflow: string;
  state: RunState;
  userId: string | null;
  startedAt: string;
  finishedAt: string | null;
  durationSeconds: number;
  tracks: number;
  completed: number;
  failed: number;
  inProgress: number;
  error: string | null;
}

export interface RunPage {
  runs: Array<ListedRun>;
  /** Pass it as "after" for the next page; null on the last. */
  next: string | null;
}

export interface Reason {
  trackId: string | null;
  state: string | null;
  /** Its code, see docs/why.md. */
  reason: string;
  /** The same for people. */
  sentence: string;
  missing: Array<string>;
  unblockedBy: string | null;
  earliestAt: string | null;
}

export interface Reasons {
  reasons: Array<Reason>;
}

export interface TrackInRun {
  correlationId: string;
  trackId: string;
  state: TrackState;
  dependenciesMet: boolean;
  missing: Array<string>;
  attempt: number | null;
  worker: string | null;
  doing: string | null;
  dueAt: string | null;
}

/** What held a track back before it was triggered. */
export interface TrackHold {
  /** Its code, see docs/why.md. */
  reason: string;
  /** The same for people. */
  sentence: string;
  firstAt: string;
  lastAt: string;
  times: number;
}

export interface TrackToActOn {
  trackId: string;
  handler: string;
  level: number;
  state: TrackState;
  attempt: number | null;
  worker: string | null;
  doing: string | null;
  dueAt: string | null;
  holds: Array<TrackHold>;
  /** What an operator may do with it now. */
  actions: Array<'retry' | 'skip' | 'hold' | 'release'>;
}

export interface RunTracks {
  correlationId: string;
  workflow: string | null;
  /** The SHA-256 of the definition. */
  definition: string | null;
  state: 'running' | 'completed' | 'failed' | 'cancelled' | 'timed_out' | null;
  userId: string | null;
  priority: number | null;
  startedAt: string | null;
  finishedAt: string | null;
  deadlineAt: string | null;
  /** What failed. */
  error: string | null;
  /** The database's clock. */
  now: string;
  /** What an operator may do with the run now. */
  actions: Array<'retry' | 'hold' | 'release' | 'cancel'>;
  tracks: Array<TrackToActOn>;
}

export interface Payloads {
  correlationId: string;
  trackId: string;
  /** What it was given. */
  input: {
    /** JSON with secrets masked; of a long one the beginning. */
    text: string;
    /** Of all of it. */
    bytes: number;
    cut: boolean;
  } | null;
  /** Of data_ready. */
  data: {
    /** JSON with secrets masked; of a long one the beginning. */
    text: string;
    /** Of all of it. */
    bytes: number;
    cut: boolean;
  } | null;
  /** What it completed with, or what an operator handed on for it. */
  output: {
    /** JSON with secrets masked; of a long one the beginning. */
    text: string;
    /** Of all of it. */
    bytes: number;
    cut: boolean;
  } | null;
  /** Of its last failed attempt. */
  error: {
    /** JSON with secrets masked; of a long one the beginning. */
    text: string;
    /** Of all of it. */
    bytes: number;
    cut: boolean;
  } | null;
}

export interface Claim {
  /** The worker's name, for people and for leases. */
  worker: string;
  max?: number;
  /** How long the work is kept from others without a heartbeat; 1m by default, at most a day. */
  lease?: string;
}

export interface Work {
  correlationId: string;
  trackId: string;
  attempt: number;
  /** The input. */
  payload: Record<string, unknown>;
  userId: string | null;
  /** The same for each attempt: pass it on to what must not be done twice. */
  idempotencyKey: string;
  leaseEndsAt: string;
  /** For the header of this name (W3C Trace Context) of what the worker calls: it is seen within the attempt then. Null: nobody brought a trace for the run, and no instance exports any. */
  traceparent: string | null;
}

export interface ClaimedWork {
  work: Array<Work>;
}

export interface Heartbeat {
  attempt: number;
  /** As in the claim; 1m by default. */
  lease?: string;
  /** The step that the worker is at. */
  doing?: string;
}

export interface ExtendedLease {
  leaseEndsAt: string;
}

export interface Completion {
  attempt: number;
  payload?: Payload;
}

export interface WorkError {
  class?: string;
  message?: string;
  /** Of HTTP. */
  status?: number;
  /** false: no further attempt. */
  retryable?: boolean;
}

export interface Failure {
  attempt: number;
  error: WorkError;
}

export interface GiveBack {
  attempt: number;
}

export interface GivenBack {
  givenBack: boolean;
}

export interface Retry {
  /** Only this track; all that failed by default. */
  trackId?: string;
  /** Who does it; by default the role of the token and the address. */
  who?: string;
  /** Why, for who reads it later. */
  why?: string;
}

export interface Retried {
  reopened: number;
}

export interface Skip {
  trackId: string;
  payload?: Payload;
  /** Who does it; by default the role of the token and the address. */
  who?: string;
  /** Why, for who reads it later. */
  why?: string;
}

export interface Skipped {
  skipped: boolean;
}

export interface Action {
  /** Who does it; by default the role of the token and the address. */
  who?: string;
  /** Why, for who reads it later. */
  why?: string;
}

export interface Cancelled {
  cancelled: boolean;
}

export interface RunHold {
  /** Only this track; the whole run by default. */
  trackId?: string;
  /** Who does it; by default the role of the token and the address. */
  who?: string;
  /** Why, for who reads it later. */
  why?: string;
}

/** One of handler, userId, and correlationId with or without trackId. */
export interface Hold {
  handler?: string;
  correlationId?: string;
  trackId?: string;
  userId?: string;
  /** Who does it; by default the role of the token and the address. */
  who?: string;
  /** Why, for who reads it later. */
  why?: string;
}

export interface Held {
  held: boolean;
}

export interface Released {
  released: boolean;
}

export interface Queue {
  queue: 'events' | 'work';
  handler: string | null;
  depth: number;
  ready: number;
  inProgress: number;
  held: number;
  oldestSeconds: number | null;
}

export interface Queues {
  queues: Array<Queue>;
}

export interface Gate {
  kind: 'circuit' | 'limit' | 'pause' | 'backpressure' | 'quarantine';
  state: string;
  handler: string | null;
  circuit: string | null;
  correlationId: string | null;
  trackId: string | null;
  userId: string | null;
  reason: string | null;
  who: string | null;
  permits: number | null;
  changedAt: string | null;
  earliestAt: string | null;
  routeId: string | null;
}

export interface Gates {
  gates: Array<Gate>;
}

export interface QuarantinedEvent {
  eventId: number;
  correlationId: string | null;
  trackId: string | null;
  eventType: string | null;
  reason: string;
  decidedAt: string;
}

export interface QuarantinePage {
  events: Array<QuarantinedEvent>;
  next: string | null;
}

export interface Replayed {
  replayed: boolean;
}

export interface Dismissed {
  dismissed: boolean;
}

export interface DefinitionVersion {
  workflow: string;
  hash: string;
  current: boolean;
  tracks: number;
  createdAt: string;
  loadedBy: string | null;
  loadedAt: string | null;
  retiredAt: string | null;
  retiredBy: string | null;
  retiredWhy: string | null;
  running: number;
  oldestRunning: string | null;
  oldestRunningAt: string | null;
  finished: number;
  completed: number;
  failed: number;
  cancelled: number;
  timedOut: number;
}

export interface Workflows {
  workflows: Array<DefinitionVersion>;
}

export interface Workflow {
  workflow: string;
  hash: string;
  current: boolean;
  /** The workflow file as JSON. */
  document: Record<string, unknown>;
}

export interface Retired {
  retired: boolean;
}

export interface Finding {
  invariant: string;
  correlationId: string | null;
  trackId: string | null;
  detail: string | null;
}

export interface Findings {
  findings: Array<Finding>;
}

export interface HealthCheck {
  name: string;
  status: 'UP' | 'DOWN' | 'UNKNOWN';
  message: string | null;
  [detail: string]: unknown;
}

export interface Health {
  status: 'UP' | 'DOWN';
  checks: Array<HealthCheck>;
}

/** A track dependency map: which tracks a workflow has and what each of them waits for. */
export interface WorkflowFile {
  /** Where an editor finds this schema. Of no other effect. */
  '$schema'?: string;
  /** The name of the workflow. Loading a file makes it the current definition of this name. */
  workflow: WorkflowName;
  /** What the workflow is for, in a sentence for people. */
  description?: WorkflowText;
  /** How long a whole run may take; none = no limit. */
  deadline?: WorkflowLimit;
  /** What holds for every track of this file that does not say otherwise. */
  defaults?: {
    timeout?: WorkflowTimeout;
    triggerTimeout?: WorkflowTriggerTimeout;
    retry?: WorkflowRetry;
  };
  /** The tracks by their ids. A track without dependsOn begins the run, unless it is another one's fallback. */
  tracks: Record<string, WorkflowTrack>;
  /** Handlers that are activated once, with the run's summary, when a run ends in this state. */
  on?: {
    /** The handler for a completed run. */
    completed?: WorkflowHandler;
    /** The handler for a failed run. */
    failed?: WorkflowHandler;
    /** The handler for a cancelled run. */
    cancelled?: WorkflowHandler;
    /** The handler for a run that passed its deadline. */
    timed_out?: WorkflowHandler;
  };
}

export type WorkflowName = string;

export type WorkflowText = string;

/** The name by which workers claim the work. Tracks may share one. */
export type WorkflowHandler = WorkflowName;

/** Longer than 0, at most 3660d: Camel style (500ms, 10m, 1h30m, 7d) or ISO-8601 (PT10M). */
export type WorkflowDuration = string;

/** A duration such as 10m, or none for no limit. */
export type WorkflowLimit = WorkflowDuration | 'none';

/** How long one attempt may take from its start; none = no limit. */
export type WorkflowTimeout = WorkflowLimit;

/** How long a triggered track may wait to be claimed by a worker; none = no limit. */
export type WorkflowTriggerTimeout = WorkflowLimit;

/** How a failed attempt is tried again. What is left out is taken from the defaults. */
export interface WorkflowRetry {
  /** All attempts, the first included. */
  maxAttempts?: number;
  /** The pause after the first attempt. */
  backoff?: WorkflowDuration;
  /** Each pause is so many times the one before. */
  multiplier?: number;
  /** No pause is longer than this; at least the backoff. */
  maxBackoff?: WorkflowDuration;
  /** Each pause is moved at random by up to this share of it. */
  jitter?: number;
  /** Errors that no retry mends: error classes, with or without package, and HTTP statuses, as 404 or 4xx (which leaves out 408, 425 and 429). */
  notOn?: Array<string | number>;
}

/** The id of the track to wait for, or the track and its event that counts. */
export type WorkflowDependency = WorkflowName | {
  /** The id of the track to wait for. */
  track: WorkflowName;
  /** completed: the track is done. data_ready: it has reported data, or is done without. */
  on?: 'completed' | 'data_ready';
};

/** A step of the workflow, done by a handler. May be left empty. */
export type WorkflowTrack = {
  /** What the track does, in a sentence for people. */
  description?: WorkflowText;
  /** The tracks that must be done before this one starts; one or a list. Each is named once. */
  dependsOn?: WorkflowDependency | Array<WorkflowDependency>;
  /** The name by which workers claim the work; the track's id by default. Tracks may share one. */
  handler?: WorkflowHandler;
  /** The circuit breaker that guards the handler; the handler's name by default. Belongs to the handler. */
  circuit?: WorkflowName;
  timeout?: WorkflowTimeout;
  triggerTimeout?: WorkflowTriggerTimeout;
  retry?: WorkflowRetry;
  /** How many activations of the handler may run at once; without it there is no limit. Belongs to the handler. */
  maxConcurrent?: number;
  /** How often the handler may be started: a number and a period. Belongs to the handler. */
  rate?: string;
  /** After the last attempt: fail-run ends the run; skip-downstream skips what depends on this track alone; continue hands on the error; a fallback is another track, without dependsOn, that does it instead. */
  onFailure?: 'fail-run' | 'skip-downstream' | 'continue' | {
    /** The id of the track that steps in. It is nobody else's fallback. */
    fallback: WorkflowName;
  };
  /** Over the input: JSONPath if it begins with $. or $[, else Camel Simple. False = the track is skipped. */
  when?: WorkflowText;
} | null;
