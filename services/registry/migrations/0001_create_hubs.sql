-- Hubs, the tenants (service-rest.md section 14). `id` is ours alone: a hub that is deleted and made
-- again is another one, and nothing of the first can appear in it.
create table hubs (
  id bigint generated always as identity primary key,
  name text not null,
  subscription_id text not null,
  resource_group text not null,
  location text not null,
  partition_count smallint not null check (partition_count between 1 and 32),
  retention_days smallint not null check (retention_days between 1 and 7),
  state text not null check (state in ('activating', 'active', 'deleting')),
  etag bigint not null default floor(random() * 1000000000)::bigint
);

-- Names that differ in letter case alone are one name.
create unique index hubs_name on hubs (lower(name));

-- In lower case; each leads to one hub, and the first is the one that connection strings carry.
create table hub_host_names (
  host_name text primary key,
  hub_id bigint not null references hubs (id) on delete cascade,
  position smallint not null,
  unique (hub_id, position)
);

-- Keys are sealed by the service (key-cipher.ts).
create table shared_access_policies (
  hub_id bigint not null references hubs (id) on delete cascade,
  name text not null,
  rights smallint not null,
  primary_key bytea not null,
  secondary_key bytea not null
);

create unique index shared_access_policies_name on shared_access_policies (hub_id, lower(name));
