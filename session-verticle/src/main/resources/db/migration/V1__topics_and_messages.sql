-- Topics: ordered logs with offsets 1, 2, 3... that follow the order of commits.

create function millis(at timestamptz) returns bigint
  language sql immutable strict parallel safe
  return floor(extract(epoch from at) * 1000)::bigint;

-- A user's inbox is `user:<name>`, a channel `channel:<name>`. The row is the lock under which
-- offsets are given, so it is updated for every batch: room is left for updates in place.
create table topic (
  id bigint generated always as identity primary key,
  name text not null unique,
  head bigint not null default 0,
  -- The furthest cursor of sessions that are gone; those that live have their own.
  read_to bigint not null default 0
) with (fillfactor = 60);

create table message (
  topic_id bigint not null,
  "offset" bigint not null,
  sender text not null,
  -- An open JSON object; offset and time are put at its end when it is read.
  stored bytea not null,
  stored_at timestamptz not null,
  primary key (topic_id, "offset", stored_at)
) partition by range (stored_at);

create index message_stored_at on message (stored_at);

-- What was accepted under a sender's own id, so that a repeat is known. An id is bytes, as it may
-- hold U+0000, which text cannot.
create table accepted (
  sender text not null,
  id bytea not null,
  topic_id bigint not null,
  "offset" bigint not null,
  stored_at timestamptz not null,
  primary key (sender, id)
);

create index accepted_stored_at on accepted (stored_at);

-- There is no default partition: with one, Postgres can neither attach nor detach without
-- stopping writers. Partitions are made well ahead instead.
create view message_partition as
  select
    c.relname::text as name,
    i.inhdetachpending as half_detached,
    substring(pg_get_expr(c.relpartbound, c.oid) from 'TO \(''([^'']+)''\)')::timestamptz as ends_at
  from pg_inherits i
  join pg_class c on c.oid = i.inhrelid
  where i.inhparent = 'trunkline.message'::regclass;

-- Makes partitions without a gap until `ahead` of now is covered. Attaching takes no lock that a
-- writer or a reader waits for.
create function make_partitions(period interval, ahead interval) returns integer
  language plpgsql
  set search_path = trunkline, pg_temp
as $$
declare
  made integer := 0;
  begins timestamptz;
  part text;
begin
  perform pg_advisory_xact_lock(hashtextextended('trunkline.make_partitions', 0));
  select greatest(max(ends_at), date_trunc('hour', now()) - interval '1 hour')
    into begins from message_partition;
  while begins < now() + ahead loop
    part := 'message_' || floor(extract(epoch from begins))::bigint;
    execute format('create table %I (like message including all)', part);
    execute format(
      'alter table message attach partition %I for values from (%L) to (%L)',
      part, begins, begins + period);
    begins := begins + period;
    made := made + 1;
  end loop;
  return made;
end $$;
