// What the events of a run say of the time that its tracks took: pieces of waiting, being held, being done, and pauses.

/**
 * The pieces of each track that anything happened to, in the order of their beginnings.
 *
 * @param events of the run, as REST tells them
 * @param tracks of the run: their states, and what held them
 * @param now where what is not at its end ends so far
 * @returns [{trackId, state, pieces: [{kind, from, to, attempt}]}]; kind is held, queued, started, done, failed, pause, skipped or cancelled; times in ms
 */
export function rows(events, tracks, now) {
  const byTrack = new Map(tracks.map((track) => [track.trackId, { track, events: [] }]));
  for (const event of events) {
    if (event.fate === 'consumed' && event.createdAt) byTrack.get(event.trackId)?.events.push(event);
  }
  const found = [];
  for (const { track, events: its } of byTrack.values()) {
    const pieces = [...holds(track, now), ...attempts(its, track, now)].sort((a, b) => a.from - b.from);
    if (pieces.length) found.push({ trackId: track.trackId, state: track.state, pieces });
  }
  return found.sort((a, b) => a.pieces[0].from - b.pieces[0].from);
}

function holds(track, now) {
  return track.holds.map((hold) => ({
    kind: 'held', attempt: null, from: Date.parse(hold.firstAt), why: hold.sentence,
    to: track.state === 'held' && hold === track.holds.at(-1) ? now : Date.parse(hold.lastAt),
  }));
}

function attempts(events, track, now) {
  const pieces = [];
  let open = null;
  const close = (at, kind = open?.kind) => {
    if (open) pieces.push({ ...open, kind, to: at });
    open = null;
  };
  for (const event of events) {
    const at = Date.parse(event.createdAt);
    const attempt = event.attempt;
    switch (event.eventType) {
      case 'triggered': close(at); open = { kind: 'queued', from: at, attempt: null }; break;
      case 'retried': close(at); open = { kind: 'pause', from: at, attempt: null }; break;
      case 'started': close(at); open = { kind: 'started', from: at, attempt }; break;
      case 'failed':
      case 'timed_out':
        open ??= { from: at, attempt };
        close(at, 'failed');
        if (!isLast(events, event)) open = { kind: 'pause', from: at, attempt: null };
        break;
      case 'completed':
        open ??= { from: at, attempt };
        close(at, 'done'); // where nobody said when it was started, the whole wait
        break;
      case 'skipped':
      case 'cancelled': close(at); pieces.push({ kind: event.eventType, from: at, to: at, attempt: null }); break;
      default: break; // data_ready ends nothing
    }
  }
  if (open && ['triggered', 'started'].includes(track.state)) close(now);
  return pieces;
}

function isLast(events, event) {
  return events.at(-1) === event;
}
