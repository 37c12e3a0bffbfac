import { expect, test } from '@jest/globals';
import { compilingDatabase, readable } from './compiled-sql.fake.js';
import { recipientQuery } from './recipient-query.js';

test('what a command asks: what is sealed only while there is nothing else', () => {
  const { sql, parameters } = recipientQuery(compilingDatabase);
  expect(parameters).toEqual([]);
  expect(readable(sql)).toMatchInlineSnapshot(`
    "select hubs.name, hubs.cloud_to_device, identity.generation_id, device.generation_id as device_generation_id, case when hubs.cloud_to_device is null then hubs.kept_properties end as kept_properties
    from hubs
    left join identities as identity on identity.hub_id = hubs.id and identity.device_id = $3 and identity.module_id = $4
    left join identities as device on device.hub_id = hubs.id and device.device_id = $3 and device.module_id = ''
    where lower(hubs.name) = lower($1)
    and hubs.name = $1
    and hubs.id::text = $2
    and hubs.state = 'active'"
  `);
});
