-- first line

do $$
begin
  if true then
    raise exception 'processing_logs.payload is of type text, the coordinator needs jsonb'
      using errcode = 'datatype_mismatch', hint = 'Rename the column, then migrate again.';
  end if;
end $$;
