-- Without waiting for whoever vacuums already, and without the lock that giving pages back to the system takes: they fill again.
vacuum (skip_locked, truncate off, parallel 0) track_coordination.event_queue, track_coordination.work_queue
