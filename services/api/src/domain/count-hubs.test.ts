import { expect, test } from '@jest/globals';
import { countHubs } from './count-hubs.js';
import { administrationOf, existingHub } from './hubs.fake.js';

test('counts the hubs of one subscription, page by page, the free ones apart', async () => {
  const { settings } = existingHub();
  const free = { ...settings, limits: { ...settings.limits, sku: 'F1' as const } };
  const hubs = Array.from({ length: 1_500 }, (_, index) =>
    existingHub({
      name: `hub-${String(index).padStart(4, '0')}`,
      subscriptionId: index % 3 === 0 ? 'OTHER' : 'mine',
      settings: index % 3 === 1 ? free : settings,
    }),
  );
  const { list } = administrationOf(hubs);

  expect(await countHubs({ list }, 'Mine')).toEqual({ free: 500, paid: 500 });
  expect(await countHubs({ list }, 'nobody')).toEqual({ free: 0, paid: 0 });
});
