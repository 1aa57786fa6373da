-- Sessions whose time or permissions change are told of, as those that end are.

-- Null: what the services give every session. A session that says what it may do may do no more,
-- where it used to need a word only for what it might not.
alter table session alter permissions drop not null, alter permissions drop default;

update session set permissions = case
  when permissions = '{broadcast}' then null
  else permissions || '{broadcast,presence}'
    || case when exists (select from unnest(permissions) p where p like 'publish:%')
         then '{}' else '{publish:*}'::text[] end
    || case when exists (select from unnest(permissions) p where p like 'subscribe:%')
         then '{}' else '{subscribe:*}'::text[] end
  end;

alter table session
  -- Null: never.
  add column changed_at timestamptz,
  -- Another application's session: here is only how far it has read.
  add column outside boolean not null default false;

create index session_changed_at on session (changed_at) where changed_at is not null;

-- A row that becomes another session's or another user's has ended for those who have it.
create function session_changed() returns trigger
  language plpgsql security definer
  set search_path = trunkline, pg_temp
as $$
begin
  if new.hash <> old.hash or new.user_name <> old.user_name then
    insert into ended (hash) values (old.hash);
    perform pg_notify('trunkline_sessions_ended', encode(old.hash, 'hex'));
  end if;
  new.changed_at := clock_timestamp();
  perform pg_notify('trunkline_sessions_changed', encode(new.hash, 'hex'));
  return new;
end $$;

create trigger session_changed
  before update of hash, user_name, expires_at, permissions on session
  for each row
  when (not new.outside and (old.hash, old.user_name, old.expires_at, old.permissions)
    is distinct from (new.hash, new.user_name, new.expires_at, new.permissions))
  execute function session_changed();

-- As before, but whoever deletes needs no right to more than the sessions; and what becomes of
-- another application's session is that application's to say.
create or replace function session_ended() returns trigger
  language plpgsql security definer
  set search_path = trunkline, pg_temp
as $$
begin
  insert into ended (hash) select hash from gone where not outside;

  -- A notice holds less than 8,000 bytes: 100 hashes in hex.
  perform pg_notify('trunkline_sessions_ended', n.hashes)
  from (
    select string_agg(encode(g.hash, 'hex'), ',') as hashes
    from (
      select hash, (row_number() over () - 1) / 100 as part from gone where not outside
    ) g
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

-- Truncating ends sessions too, and has no list of them: they are deleted first.
create function session_truncated() returns trigger
  language plpgsql security definer
  set search_path = trunkline, pg_temp
as $$
begin
  delete from session;
  return null;
end $$;

create trigger session_truncated
  before truncate on session
  for each statement execute function session_truncated();
