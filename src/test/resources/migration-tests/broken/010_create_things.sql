create table if not exists public.good (id bigint);

-- A comment
-- of two lines
create table
  if not exists public.bad (
  id bigint,
  name txt
);
