create table if not exists track_coordination.more (id bigint);
