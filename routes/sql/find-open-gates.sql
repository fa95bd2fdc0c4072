-- Whether work of these handlers would be let through, and if not, why: the handler or its circuit is held, or it is at a limit.
-- What holds one run or one user holds nobody here.
select u.handler as key, w.reason is null as come, w.reason
  from unnest(CAST(:#${body} AS text[])) u (handler)
  left join track_coordination.handlers h on h.handler = u.handler
  cross join lateral (
    select coalesce(
             (select format('%s %s is closed: %s', case g.kind when 'circuit' then 'the gate of circuit' else 'the gate of handler' end, coalesce(g.circuit, g.handler), g.reason)
                from track_coordination.gate_states g
               where g.state = 'closed' and (g.handler = u.handler or g.circuit = coalesce(h.circuit, u.handler)) order by g.changed_at limit 1),
             (select format('handler %s is at its limit: %s', u.handler, l.reason) from track_coordination.limit_of(u.handler) l where l.reached)) as reason offset 0) w
