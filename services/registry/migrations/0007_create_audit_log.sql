-- Who changed what, when and from where; each row written in the transaction of its change. A hub's rows
-- outlive it, so they hold its name and place and refer to nothing.
create table audit_log (
  id bigint generated always as identity primary key,
  time timestamptz not null default now(),
  hub text not null,
  subscription_id text not null,
  resource_group text not null,
  operation text not null,
  -- What was changed, by its ids: {deviceId, moduleId, generationId}, {policy}, …
  subject jsonb not null,
  -- What is worth knowing of the change, never a key: {changed: [names of members]}, …
  details jsonb not null,
  actor_kind text not null
    check (actor_kind in ('policy', 'principal', 'administrator', 'device', 'process')),
  actor_name text not null,
  client_address text,
  request_id text,
  trace_id text
);

create index audit_log_hub on audit_log (lower(hub), id);
create index audit_log_subscription on audit_log (lower(subscription_id), id);

-- Append only: nobody rewrites a row, and nobody removes one that is younger than the shortest time for
-- which a deployment may choose to keep them (LINCHPIN_AUDIT_RETENTION_DAYS).
create function refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is append-only' using errcode = 'restrict_violation';
end $$;

create trigger audit_log_is_not_rewritten before update on audit_log
  for each row execute function refuse_audit_change();
create trigger audit_log_is_not_emptied before truncate on audit_log
  for each statement execute function refuse_audit_change();
create trigger audit_log_keeps_the_young before delete on audit_log
  for each row when (old.time > now() - interval '30 days') execute function refuse_audit_change();
