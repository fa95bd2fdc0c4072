-- Does a vacuum of the queues pay? When one has many dead rows, and was not vacuumed just now: a row takes about a microsecond,
-- and no more than a twentieth of the time is spent so even while a held snapshot keeps them all from going.
select coalesce(bool_or(n_dead_tup >= 20000
                        and coalesce(clock_timestamp() - greatest(last_vacuum, last_autovacuum) > n_dead_tup * interval '20 microseconds', true)), false)
       as vacuum_pays
  from pg_stat_all_tables
 where relid in (CAST('track_coordination.event_queue' AS regclass), CAST('track_coordination.work_queue' AS regclass))
