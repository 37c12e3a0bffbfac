-- What an administrator may change of a hub (service-rest.md section 14.2). Hubs that were there before
-- have the limits of the smallest standard tier and no other restriction.
alter table hubs
  add column tags jsonb not null default '{}',
  add column sku text not null default 'S1'
    check (sku in ('F1', 'B1', 'B2', 'B3', 'S1', 'S2', 'S3')),
  add column units smallint not null default 1 check (units between 1 and 200),
  -- Whether the limits of the tier hold, or none.
  add column limits text not null default 'tier' check (limits in ('tier', 'unlimited')),
  add column disable_local_auth boolean not null default false,
  add column disable_device_sas boolean not null default false,
  add column disable_module_sas boolean not null default false,
  -- [{filterName, action, ipMask}], in order.
  add column ip_filter_rules jsonb not null default '[]',
  add column min_tls_version text check (min_tls_version in ('1.2', '1.3')),
  -- JSON of what is only kept for other services, connection strings among it: sealed by the service
  -- (key-cipher.ts). Absent while a hub has the defaults.
  add column kept_properties bytea;
