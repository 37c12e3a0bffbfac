import { expect, test } from '@jest/globals';
import { readConfig } from '../config.js';
import { placeOf } from './hub-under-test.js';

test('the hub under test takes neither engines nor ports of a hub that the shell knows', () => {
  const shell = {
    LINCHPIN_STATE_DIR: '/elsewhere',
    LINCHPIN_HOST_NAMES: 'hub.example',
    LINCHPIN_CERTIFICATE_NAMES: 'plant-7.example',
    LINCHPIN_DEFAULT_DOMAIN: 'iot.example',
    LINCHPIN_POSTGRES_URL: 'postgres://linchpin:secret@127.0.0.1:15432/linchpin',
    LINCHPIN_REDIS_URL: 'redis://127.0.0.1:16379',
    LINCHPIN_KAFKA_BROKERS: '127.0.0.1:19092',
    LINCHPIN_POSTGRES_PORT: '15432',
    LINCHPIN_MQTT_PORT: '18883',
    LINCHPIN_ADMIN_TOKEN_FILE: '/run/secrets/admin-token',
  };

  expect(readConfig({ ...shell, ...placeOf(shell) }, true)).toEqual({
    ...readConfig(placeOf({}), true),
    environment: expect.anything(),
  });
});

test('its address and offset can be moved beside those of another clone', () => {
  const place = placeOf({
    LINCHPIN_TEST_ADDRESS: '127.0.0.4',
    LINCHPIN_TEST_PORT_OFFSET: '12500',
  });

  expect(readConfig(place)).toMatchObject({
    listenAddresses: ['127.0.0.4'],
    ports: { mqtt: 8883, https: 443, postgres: 27932 },
  });
});
