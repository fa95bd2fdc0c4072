-- Cleans up one batch; returns the sums of all so far, and whether there may be more.
select CAST(:#${body[cleaned_runs]} AS bigint) + b.cleaned_runs as cleaned_runs,
       CAST(:#${body[removed_log_rows]} AS bigint) + b.removed_log_rows as removed_log_rows,
       CAST(:#${body[expired_tombstones]} AS bigint) + b.expired_tombstones as expired_tombstones,
       b.more
  from track_coordination.clean_up(
         completed => CAST(:#${variable.completed} AS interval),
         failed => CAST(:#${variable.failed} AS interval),
         cancelled => CAST(:#${variable.cancelled} AS interval),
         timed_out => CAST(:#${variable.timedOut} AS interval),
         tombstones => CAST(:#${variable.tombstones} AS interval),
         archive => CAST(:#${variable.archive} AS boolean),
         most => CAST(:#${variable.most} AS int)) b
