-- Changes that an import makes bear the name of who asked for it, and this of the job.
alter table audit_log add column job_id text;
