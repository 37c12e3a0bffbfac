-- While the containers of a job are looked at it is reserved: its hub's active job that nobody may run,
-- until held_until, when whoever reserved it is taken to have died.
alter table jobs
  drop constraint jobs_status_check,
  add constraint jobs_status_check
    check (status in ('reserved', 'enqueued', 'running', 'completed', 'failed', 'cancelled'));

drop index jobs_active;
create unique index jobs_active on jobs (hub_generation)
  where status in ('reserved', 'enqueued', 'running');
