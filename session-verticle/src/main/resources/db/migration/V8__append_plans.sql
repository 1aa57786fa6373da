-- Statements within `append` are planned once a connection and not again for each batch, as Postgres
-- would choose by itself for arrays whose length it can see: the plans are the same, and making them
-- was more than half of what a small batch cost.

-- Extracting from a time depends on the time zone for some fields, so Postgres takes no function
-- that does it for immutable, and what claims to be is called for each row rather than inlined.
create or replace function millis(at timestamptz) returns bigint
  language sql stable strict parallel safe
  return floor(extract(epoch from at) * 1000)::bigint;

-- Appends up to some hundreds of entries in one transaction; one result row for each, in order.
--
-- status 'stored': under `place` at `at`; 'repeat': it was there, place and time are the first's;
-- 'unknown': there is no such topic.
--
-- Locks are taken in one order, topics by id and then (sender, id), so no two batches can deadlock.
-- Each statement sees what was committed before it began, hence all under the locks.
create or replace function append(
  topics text[], must_exist boolean[], senders text[], ids bytea[], frames bytea[])
  returns table (status text, place bigint, at bigint)
  language plpgsql volatile
  set search_path = trunkline, pg_temp
  -- Plans are kept, and may have been made while the tables were small.
  set enable_seqscan = off
  set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_variable
declare
  now_at timestamptz;
  fresh bigint[];
  fresh_topics bigint[];
  places bigint[];
  with_id bigint;
  accepted_now bigint;
begin
  if false = any (must_exist) then
    insert into topic (name)
    select distinct e.name
    from unnest(topics, must_exist) e (name, must)
    where not e.must and not exists (select from topic t where t.name = e.name)
    order by e.name
    on conflict (name) do nothing;
  end if;

  perform from topic t where t.name = any (topics) order by t.id for no key update;
  now_at := clock_timestamp();

  -- What is neither accepted already nor a repeat within the batch gets its place.
  select
    array_agg(f.n), array_agg(f.topic_id), array_agg(f.place), count(f.id)
    into fresh, fresh_topics, places, with_id
  from (
    select
      o.n, o.topic_id, o.id,
      o.head + row_number() over (partition by o.topic_id order by o.n) as place
    from (
      select
        e.n, e.id, t.id as topic_id, t.head,
        e.id is null or (
          e.n = min(e.n) over (partition by e.sender, e.id)
          and not exists (select from accepted a where a.sender = e.sender and a.id = e.id)
        ) as is_fresh
      from unnest(topics, senders, ids) with ordinality e (name, sender, id, n)
      join topic t on t.name = e.name
    ) o
    where o.is_fresh
  ) f;

  insert into accepted (sender, id, topic_id, "offset", stored_at)
  select senders[f.n], ids[f.n], f.topic_id, f.place, now_at
  from unnest(fresh, fresh_topics, places) f (n, topic_id, place)
  where ids[f.n] is not null
  order by senders[f.n], ids[f.n]
  on conflict do nothing;

  -- The same id for another topic was committed meanwhile: places would be left empty. Again.
  get diagnostics accepted_now = row_count;
  if accepted_now < with_id then
    raise exception 'an id was accepted for another topic at the same time'
      using errcode = 'serialization_failure';
  end if;

  insert into message (topic_id, "offset", sender, stored, stored_at)
  select f.topic_id, f.place, senders[f.n], frames[f.n], now_at
  from unnest(fresh, fresh_topics, places) f (n, topic_id, place);

  update topic t set head = f.head
  from (
    select u.topic_id, max(u.place) as head
    from unnest(fresh_topics, places) u (topic_id, place)
    group by u.topic_id
  ) f
  where t.id = f.topic_id;

  return query
  select
    case when f.n is not null then 'stored' when a.id is not null then 'repeat' else 'unknown' end,
    coalesce(f.place, a."offset"),
    millis(case when f.n is not null then now_at else a.stored_at end)
  from unnest(senders, ids) with ordinality e (sender, id, n)
  left join unnest(fresh, places) f (n, place) on f.n = e.n
  -- No key, no look: for what is stored by this batch nobody asks the index.
  left join accepted a
    on a.sender = case when f.n is null then e.sender end and a.id = e.id
  order by e.n;
end $$;
