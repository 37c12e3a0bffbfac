-- Certificates of authorities that may vouch for a hub's devices (security-limits.md section 7).
create table ca_certificates (
  hub_id bigint not null references hubs (id) on delete cascade,
  name text collate "C" not null,
  -- In DER.
  certificate bytea not null,
  -- Only whose key somebody has shown to have vouches for anybody.
  is_verified boolean not null,
  -- What a certificate must be issued to that proves it; absent when nobody asked for one.
  verification_code text,
  created_time timestamptz not null,
  updated_time timestamptz not null,
  -- Begins anywhere and counts writes, so that the tag of a deleted certificate fits no later one.
  etag bigint not null default floor(random() * 1000000000)::bigint
);

-- Names that differ in letter case alone are one name.
create unique index ca_certificates_name on ca_certificates (hub_id, lower(name));
