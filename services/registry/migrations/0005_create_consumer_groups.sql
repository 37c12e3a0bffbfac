-- True while the hub's topic does not yet keep telemetry as long as `retention_days` says.
alter table hubs add column topic_outdated boolean not null default false;

-- Of the built-in endpoint; `$Default`, which every hub has, is not stored.
create table consumer_groups (
  hub_id bigint not null references hubs (id) on delete cascade,
  name text not null
);

-- Names that differ in letter case alone are one name.
create unique index consumer_groups_name on consumer_groups (hub_id, lower(name));
