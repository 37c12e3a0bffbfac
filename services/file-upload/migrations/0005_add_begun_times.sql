-- When a job was first taken to be run: from then on its longest duration counts, whoever runs it. Of the
-- jobs that run just now it begins anew.
alter table jobs add column begun_time timestamptz;
update jobs set begun_time = now() where status = 'running';
