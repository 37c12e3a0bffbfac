-- Who asked for a job, as the audit log has it. Of the jobs that are there nobody knows any more.
alter table jobs
  add column creator_kind text not null default 'process'
    check (creator_kind in ('policy', 'principal', 'administrator', 'device', 'process')),
  add column creator_name text not null default 'another service',
  add column client_address text,
  add column request_id text;

alter table jobs
  alter column creator_kind drop default,
  alter column creator_name drop default;
