-- Devices and their modules (service-rest.md sections 2 and 3). A device is the row whose module_id
-- is empty. Ids are compared and sorted letter by letter, hence the collation.
create table identities (
  hub_id bigint not null references hubs (id),
  device_id text collate "C" not null,
  module_id text collate "C" not null,
  generation_id bigint not null,
  -- Begins anywhere and counts writes, so that the tag of a deleted identity fits no later one.
  etag bigint not null default floor(random() * 1000000000)::bigint,
  status text not null check (status in ('enabled', 'disabled')),
  status_reason text,
  status_updated_time timestamptz,
  authentication_type text not null
    check (authentication_type in ('sas', 'selfSigned', 'certificateAuthority', 'none')),
  -- Sealed by the service (key-cipher.ts).
  primary_key bytea,
  secondary_key bytea,
  primary_thumbprint text,
  secondary_thumbprint text,
  iot_edge boolean not null,
  device_scope text,
  parent_scopes text[] not null,
  managed_by text,
  attributes_json text,
  connection_state text not null default 'Disconnected'
    check (connection_state in ('Disconnected', 'Connected')),
  -- Of the event that connection_state comes from; a lower one came late.
  connection_sequence text collate "C",
  connection_state_updated_time timestamptz,
  last_activity_time timestamptz,
  primary key (hub_id, device_id, module_id),
  check ((authentication_type = 'sas') = (primary_key is not null and secondary_key is not null))
)
-- Connecting and disconnecting rewrites a row and touches no index: room for that on each page.
with (fillfactor = 80);
