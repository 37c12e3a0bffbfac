import { expect, test } from '@jest/globals';
import { unknownVariables } from './unknown-variables.js';

test.each([
  ['LINCHPIN_OIDC_CLIENT', 'LINCHPIN_OIDC_CLIENTS'],
  ['LINCHPIN_OIDC_ROLE', 'LINCHPIN_OIDC_ROLES'],
  ['LINCHPIN_OIDC_AUDIENCES', 'LINCHPIN_OIDC_AUDIENCE'],
  ['LINCHPIN_LISTEN_ADDRESS', 'LINCHPIN_LISTEN_ADDRESSES'],
  ['LINCHPIN_MQTT_PROT', 'LINCHPIN_MQTT_PORT'],
  ['LINCHPIN_ADMIN_TOKEN_FIEL', 'LINCHPIN_ADMIN_TOKEN_FILE'],
  ['LINCHPIN_TLS_CERT', 'LINCHPIN_TLS_CERT_FILE'],
])('%s is refused and %s named', (misspelled, meant) => {
  expect(unknownVariables({ [misspelled]: 'x', [meant]: 'y' })).toEqual([
    `${misspelled} is no variable of Linchpin: perhaps ${meant} is meant`,
  ]);
});

test('what resembles nothing is refused as well, and no value is told', () => {
  expect(unknownVariables({ LINCHPIN_PASSWORD: 'secret' })).toEqual([
    'LINCHPIN_PASSWORD is no variable of Linchpin',
  ]);
});

test('variables of any process, of the runner and of tests pass, and so do those of others', () => {
  const environment = {
    LINCHPIN_MQTT_LISTEN: '127.0.0.1:8883',
    LINCHPIN_POSTGRES_URL_FILE: '/run/secrets/postgres',
    LINCHPIN_STATE_DIR: '.linchpin',
    LINCHPIN_TEST_WHATEVER: '1',
    LINCHPIN_REVOCATION_PER_GROUP: '67',
    LINCHPIN_MISSPELLED_BUT_EMPTY: '',
    MY_LINCHPIN_THING: 'x',
    PATH: '/bin',
  };

  expect(unknownVariables(environment)).toEqual([]);
});

test('what Kubernetes says of Services passes', () => {
  const environment = {
    LINCHPIN_SERVICE_HOST: '10.0.0.1',
    LINCHPIN_PORT: 'tcp://10.0.0.1:443',
    LINCHPIN_API_SERVICE_HOST: '10.0.0.1',
    LINCHPIN_API_SERVICE_PORT: '443',
    LINCHPIN_API_SERVICE_PORT_HTTPS: '443',
    LINCHPIN_API_PORT: 'tcp://10.0.0.1:443',
    LINCHPIN_API_PORT_443_TCP: 'tcp://10.0.0.1:443',
    LINCHPIN_API_PORT_443_TCP_PROTO: 'tcp',
    LINCHPIN_API_PORT_443_TCP_PORT: '443',
    LINCHPIN_API_PORT_443_TCP_ADDR: '10.0.0.1',
  };

  expect(unknownVariables(environment)).toEqual([]);
  expect(unknownVariables({ LINCHPIN_API_PORT: '443' })).toHaveLength(1);
});
