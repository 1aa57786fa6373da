-- Sessions: who a client is. The id is known to the client alone; here is its SHA-256.

create table session (
  hash bytea primary key,
  user_name text not null,
  permissions text[] not null default '{broadcast}',
  -- How far this session has read its user's inbox.
  cursor bigint not null default 0,
  -- Its client has said what it received: nobody else moves the cursor.
  confirms boolean not null default false,
  -- What renewing gives it again.
  life interval not null default interval '1 day',
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
) with (fillfactor = 70);

create index session_user_name on session (user_name);
create index session_expires_at on session (expires_at);

-- Sessions that were deleted of late, for those who were not listening just then.
create table ended (
  hash bytea not null,
  at timestamptz not null default clock_timestamp()
);

create index ended_at on ended (at);

-- Whoever deletes sessions, by whatever means: the services are told, and how far they had read
-- is kept for the user's next session.
create function session_ended() returns trigger
  language plpgsql
  set search_path = trunkline, pg_temp
as $$
begin
  insert into ended (hash) select hash from gone;

  -- A notice holds less than 8,000 bytes: 100 hashes in hex.
  perform pg_notify('trunkline_sessions_ended', n.hashes)
  from (
    select string_agg(encode(g.hash, 'hex'), ',') as hashes
    from (select hash, (row_number() over () - 1) / 100 as part from gone) g
    group by g.part
  ) n;

  -- In the order in which appends lock topics.
  perform from topic t
  join (select 'user:' || user_name as name, max(cursor) as cursor from gone group by 1) g
    on t.name = g.name and t.read_to < g.cursor
  order by t.id for no key update of t;

  update topic t set read_to = g.cursor
  from (select 'user:' || user_name as name, max(cursor) as cursor from gone group by 1) g
  where t.name = g.name and t.read_to < g.cursor;
  return null;
end $$;

create trigger session_ended
  after delete on session
  referencing old table as gone
  for each statement execute function session_ended();
