-- What is due next, and does the listening connection of this instance hear? See the function.
select events_queued, CAST(handlers_due AS text) as handlers_due, work, leases, timeouts, trigger_timeouts, deadlines, circuits
  from track_coordination.next_due(:#${properties:tracks.instance}, CAST(:#${properties:circuit.wave-interval} AS interval),
                                   CAST(:#${bean:freeWorkers?method=handlers} AS text[]))
