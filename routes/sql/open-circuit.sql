-- Closes the gate of a circuit: see the function.
select track_coordination.open_circuit(:#circuit, :#reason, :#who, CAST(:#${properties:circuit.wait} AS interval), CAST(:#${properties:circuit.max-wait} AS interval)) as opened
