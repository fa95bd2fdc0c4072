#!/usr/bin/env bash
# A worker in bash and psql: worker.sh HANDLER, with psql's own PGHOST, PGPORT, PGDATABASE, PGUSER and PGPASSWORD.
# A login with the role track_worker is enough.
set -uo pipefail
handler=${1:?usage: worker.sh HANDLER}
worker="bash-$$"
stopping=
trap 'stopping=1' TERM

sql() { psql -X -q -A -t -F $'\t' -v ON_ERROR_STOP=1 "$@"; }

# The work itself: the input comes on standard input, what it prints is handed on.
perform() { sed 's/^{/{"doneBy": "'"$worker"'", /; s/, }$/}/'; }

while [ -z "$stopping" ]; do
  claimed=$(sql -v handler="$handler" -v worker="$worker" <<'SQL'
select correlation_id, track_id, attempt, payload from track_coordination.claim_work(:'handler', :'worker', 1, '1 minute');
SQL
  ) || { sleep 1; continue; }
  if [ -z "$claimed" ]; then
    sleep 1
    continue
  fi
  IFS=$'\t' read -r run track attempt payload <<<"$claimed"
  if result=$(perform <<<"$payload" 2>&1); then
    sql -v run="$run" -v track="$track" -v attempt="$attempt" -v result="$result" <<'SQL'
select track_coordination.complete_work(:'run', :'track', :attempt, :'result');
SQL
  else
    sql -v run="$run" -v track="$track" -v attempt="$attempt" -v message="$result" <<'SQL'
select track_coordination.fail_work(:'run', :'track', :attempt, 'perform', :'message');
SQL
  fi >/dev/null || echo "attempt $attempt of $track in $run is not ours any more" >&2
done
