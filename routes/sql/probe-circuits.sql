-- Decides about the circuits whose rest is over: see the function.
select cardinality(p.circuits) as permitting, CAST(p.circuits AS text) as circuits
  from (select track_coordination.probe_circuits(
                 CAST(:#${properties:circuit.probes} AS int), CAST(:#${properties:circuit.max-wave} AS int),
                 CAST(:#${properties:circuit.wave-interval} AS interval), CAST(:#${properties:circuit.failure-rate} AS float8),
                 CAST(:#${properties:circuit.minimum-calls} AS int), CAST(:#${properties:circuit.wait} AS interval),
                 CAST(:#${properties:circuit.max-wait} AS interval), :#${properties:tracks.instance}) as circuits) p
