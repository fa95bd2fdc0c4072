-- Asks the gates of one handler's ready activations, one by one: holds back those behind a closed gate and returns
-- the others, and the reasons of the holds.
with ready as materialized (
  select u.*, a.definition_id, r.user_id
    from unnest(CAST(:#correlation_ids AS uuid[]), CAST(:#track_nos AS int[]), CAST(:#trigger_event_ids AS bigint[]), CAST(:#source_event_ids AS bigint[]))
         u (correlation_id, track_no, trigger_event_id, source_event_id)
    join track_coordination.activations a on a.correlation_id = u.correlation_id and a.track_no = u.track_no
    join track_coordination.runs r on r.correlation_id = u.correlation_id
   order by u.correlation_id, u.track_no),
asked as materialized (
  select y.*, h.reason as held_by, h.sentence, h.reason is not null as held
    from ready y
    left join lateral track_coordination.held_by(:#handler, y.correlation_id, y.definition_id, y.track_no, y.user_id) h on true),
held as (
  update track_coordination.activations a
     set state = (select next_state from track_coordination.transitions where state = 'waiting' and event = 'triggered' and condition = 'gate closed'),
         trigger_event_id = null
    from asked y
   where y.held and a.correlation_id = y.correlation_id and a.track_no = y.track_no),
decided as (
  insert into track_coordination.decisions as d (correlation_id, track_no, reason, sentence)
  select correlation_id, track_no, held_by, sentence from asked where held
      on conflict on constraint decisions_pkey do update set times = d.times + 1, sentence = excluded.sentence, last_at = excluded.last_at)
select :#handler as handler, count(*) filter (where not held) as activations,
       CAST(array_agg(correlation_id) filter (where not held) AS text) as correlation_ids,
       CAST(array_agg(track_no) filter (where not held) AS text) as track_nos,
       CAST(array_agg(trigger_event_id) filter (where not held) AS text) as trigger_event_ids,
       CAST(array_agg(source_event_id) filter (where not held) AS text) as source_event_ids,
       CAST(array_agg(held_by) filter (where held) AS text) as held_reasons
  from asked
