-- The copy of an identity of the registry that has a twin. Its connection, what back ends write and what a
-- device reports change at rates of their own, and each change of a row rewrites all its index entries: hence
-- three tables.
create table identities (
  twin_id bigint generated always as identity primary key,
  hub_generation bigint not null,
  hub text not null,
  device_id text collate "C" not null,
  -- Empty for a device.
  module_id text collate "C" not null,
  generation_id bigint not null,
  etag text not null,
  status text not null,
  status_reason text,
  status_updated_time timestamptz,
  authentication_type text not null,
  primary_thumbprint text,
  secondary_thumbprint text,
  iot_edge boolean not null,
  device_scope text,
  parent_scopes text[] not null,
  connection_state text not null default 'Disconnected',
  connection_sequence text collate "C",
  last_activity_time timestamptz,
  cloud_to_device_message_count int not null default 0,
  model_id text not null default '',
  unique (hub_generation, device_id, module_id)
);

-- Reports of connections know no hub's generation.
create index identities_by_generation on identities (generation_id);

create table twins (
  twin_id bigint primary key references identities on delete cascade,
  hub_generation bigint not null,
  version bigint not null,
  etag_counter bigint not null,
  tags jsonb not null,
  desired jsonb not null,
  desired_metadata jsonb not null,
  desired_version bigint not null
);

create table reported_properties (
  twin_id bigint primary key references identities on delete cascade,
  hub_generation bigint not null,
  reported jsonb not null,
  reported_metadata jsonb not null,
  reported_version bigint not null
);

-- Events that wait for the relay to Kafka, each written in the statement of its change.
create table outbox (
  id bigint generated always as identity primary key,
  topic text not null,
  key bytea not null,
  value bytea not null,
  headers jsonb not null
);

-- Changes of desired properties that wait to be told to a device.
create table desired_changes (
  id bigint generated always as identity primary key,
  twin_id bigint not null references identities on delete cascade,
  version bigint not null,
  json text not null,
  committed_at timestamptz not null
);

create index desired_changes_by_twin on desired_changes (twin_id);

-- Hubs all of whose identities have been copied once; what changes of them since, the registry tells.
create table copied_hubs (
  hub_generation bigint primary key
);

-- A hub's end comes by another partition than what was said of its devices before.
create table deleted_hubs (
  hub_generation bigint primary key,
  deleted_time timestamptz not null
);
