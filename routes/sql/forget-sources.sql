-- What this instance held or let go is its own: with it, it ends.
delete from track_coordination.source_states where instance = :#instance
