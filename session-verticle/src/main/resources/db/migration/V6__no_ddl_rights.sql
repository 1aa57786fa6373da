-- For a service whose user may change no schema: what it needs of it is done by functions of the
-- schema's owner. They are nobody else's to call.

alter function make_partitions(interval, interval) security definer;
revoke execute on function make_partitions(interval, interval) from public;

-- Drops the partitions that ended longer than `kept` ago, and names them. Detaching takes a lock on
-- the log that writers wait for, hence gives up soon: what it does not get is for the next run.
-- Whoever owns the table detaches without any such lock instead.
create function drop_partitions(kept interval) returns setof text
  language plpgsql security definer
  set search_path = trunkline, pg_temp
  set lock_timeout = '200ms'
as $$
declare
  part text;
begin
  if kept < interval '1 hour' then
    raise exception 'kept: expected an hour or more, got %', kept;
  end if;
  for part in
    select name from message_partition
    where ends_at <= now() - kept and not half_detached order by ends_at
  loop
    execute format('drop table %I', part);
    return next part;
  end loop;
end $$;

revoke execute on function drop_partitions(interval) from public;
