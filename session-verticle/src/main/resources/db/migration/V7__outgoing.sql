-- What applications send from within their own transactions. A session service takes it from here
-- into the log, in the order of seq, and deletes it. The table is looked at several times a second,
-- so what is dead in it must not stay.
create table outgoing (
  seq bigint generated always as identity primary key,
  -- One of these, or neither: to everybody.
  receiver text,
  channel text,
  sender text,
  id text not null default gen_random_uuid()::text,
  message text not null,
  at timestamptz not null default clock_timestamp()
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- Sends a message if the transaction commits, and only then. Runs with its owner's rights, so that
-- a role needs no other right than to execute it.
create function send(
  message jsonb,
  receiver text default null,
  channel text default null,
  broadcast boolean default false,
  sender text default null,
  id text default null)
  returns void
  language plpgsql volatile security definer
  set search_path = pg_catalog, trunkline, pg_temp
as $$
declare
  name text;
begin
  if message is null then
    raise exception 'message: missing' using errcode = 'invalid_parameter_value';
  end if;
  if octet_length(message::text) > 65536 then
    raise exception 'message: expected at most 65536 bytes, got %', octet_length(message::text)
      using errcode = 'invalid_parameter_value';
  end if;
  if num_nonnulls(receiver, channel, nullif(broadcast, false)) <> 1 then
    raise exception 'expected one of receiver, channel and broadcast'
      using errcode = 'invalid_parameter_value';
  end if;
  foreach name in array array_remove(array[receiver, channel, sender], null) loop
    if name !~ '\S' or char_length(name) > 128 or name ~ '[\u0001-\u001f\u007f-\u009f]' then
      raise exception 'expected a name of 1 to 128 characters, none of them a control character'
        using errcode = 'invalid_parameter_value';
    end if;
  end loop;
  if id = '' or char_length(id) > 64 then
    raise exception 'id: expected 1 to 64 characters' using errcode = 'invalid_parameter_value';
  end if;
  if receiver is not null
      and not exists (select from trunkline.topic t where t.name = 'user:' || send.receiver) then
    raise exception 'receiver: there is no such receiver' using errcode = 'no_data_found';
  end if;
  insert into trunkline.outgoing (receiver, channel, sender, id, message)
  values (
    send.receiver, send.channel, send.sender,
    coalesce(send.id, gen_random_uuid()::text), send.message::text);
end $$;

revoke execute on function send(jsonb, text, text, boolean, text, text) from public;
