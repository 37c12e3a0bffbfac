-- Import and export jobs (service-rest.md section 5).
create table jobs (
  id uuid primary key,
  hub text not null,
  -- The registry's name for one of all hubs that ever bore that name: jobs belong to it alone.
  hub_instance text not null,
  kind text not null check (kind in ('export', 'import')),
  status text not null check (status in ('enqueued', 'running', 'completed', 'failed', 'cancelled')),
  progress smallint not null check (progress between 0 and 100),
  -- Containers without their signatures.
  input_container text,
  input_blob_name text,
  output_container text not null,
  output_blob_name text,
  exclude_keys boolean not null,
  -- The same with their signatures, sealed by the service; gone when the job has ended.
  sealed_containers bytea,
  created_time timestamptz not null,
  ended_time timestamptz,
  failure_reason text,
  -- The process that runs the job, until then: another one takes it over afterwards.
  holder uuid,
  held_until timestamptz,
  -- How often it was begun by a process that did not hand it back.
  attempts smallint not null,
  -- How far an import has come, for whoever goes on with it.
  checkpoint jsonb,
  check ((ended_time is not null) = (status in ('completed', 'failed', 'cancelled'))),
  check ((ended_time is null) = (sealed_containers is not null))
);

-- A hub has one active job at most.
create unique index jobs_active on jobs (hub_instance) where status in ('enqueued', 'running');
create index jobs_waiting on jobs (created_time) where status in ('enqueued', 'running');
create index jobs_of_hub on jobs (hub_instance, created_time);
create index jobs_ended on jobs (ended_time);
