import { expect, test } from '@jest/globals';
import { compilingDatabase as db, readable } from './compiled-sql.fake.js';
import { deviceQuery, policyQuery } from './credential-queries.js';

test('what a service request asks', () => {
  const { sql, parameters } = policyQuery(db);
  expect(parameters).toEqual([]);
  expect(readable(sql)).toMatchInlineSnapshot(`
    "select hubs.name as hub, hubs.id as hub_generation, hubs.partition_count, sku, units, limits, disable_local_auth, disable_device_sas, disable_module_sas, ip_filter_rules, min_tls_version, policy.name as policy_name, policy.rights as policy_rights, policy.primary_key as policy_primary_key, policy.secondary_key as policy_secondary_key, (select array_agg(aliases.host_name) as aliases
    from hub_host_names as aliases
    where aliases.hub_id = hubs.id) as host_names
    from hub_host_names as names
    inner join hubs on hubs.id = names.hub_id
    left join shared_access_policies as policy on policy.hub_id = hubs.id and lower(policy.name) = $2
    where names.host_name = $1
    and hubs.state = 'active'"
  `);
});

test('what a connecting device asks', () => {
  const { sql, parameters } = deviceQuery(db);
  expect(parameters).toEqual([]);
  expect(readable(sql)).toMatchInlineSnapshot(`
    "select hubs.name as hub, hubs.id as hub_generation, hubs.partition_count, sku, units, limits, disable_local_auth, disable_device_sas, disable_module_sas, ip_filter_rules, min_tls_version, policy.name as policy_name, policy.rights as policy_rights, policy.primary_key as policy_primary_key, policy.secondary_key as policy_secondary_key, (select array_agg(aliases.host_name) as aliases
    from hub_host_names as aliases
    where aliases.hub_id = hubs.id) as host_names, identity.device_id, identity.module_id, identity.generation_id, identity.status, identity.authentication_type, identity.primary_key, identity.secondary_key, identity.primary_thumbprint, identity.secondary_thumbprint, device.status as device_status, device.iot_edge as device_iot_edge
    from hub_host_names as names
    inner join hubs on hubs.id = names.hub_id
    left join shared_access_policies as policy on policy.hub_id = hubs.id and lower(policy.name) = $2
    left join identities as identity on identity.hub_id = hubs.id and identity.device_id = $3 and identity.module_id = $4
    left join identities as device on device.hub_id = hubs.id and device.device_id = $3 and device.module_id = ''
    where names.host_name = $1
    and hubs.state = 'active'"
  `);
});
