import { expect, test } from '@jest/globals';
import { formatKafkaConfig } from './kafka-config.js';
import { formatLoadBalancerConfig } from './load-balancer-config.js';
import { formatPostgresAccess, formatPostgresConfig } from './postgres-config.js';
import { formatRedisConfig } from './redis-config.js';

test('PostgreSQL listens on loopback, has no socket file and keeps what it acknowledged', () => {
  const text = formatPostgresConfig({ port: 15432, accessFile: "/it's/pg_hba.conf" });

  expect(text.split('\n')).toEqual(
    expect.arrayContaining([
      "listen_addresses = '127.0.0.1'",
      "port = '15432'",
      "unix_socket_directories = ''",
      "hba_file = '/it''s/pg_hba.conf'",
      "fsync = 'on'",
      "synchronous_commit = 'on'",
      "password_encryption = 'scram-sha-256'",
    ]),
  );
  expect(formatPostgresAccess()).toBe('host all all 127.0.0.1/32 scram-sha-256\n');
});

test('Redis wants a password, keeps an append-only file and drops nothing by itself', () => {
  const text = formatRedisConfig({ folder: '/state dir/redis', port: 16379, password: 'pw' });

  expect(text.split('\n')).toEqual(
    expect.arrayContaining([
      'bind 127.0.0.1',
      'port 16379',
      'requirepass pw',
      'dir "/state dir/redis"',
      'appendonly yes',
      'appendfsync everysec',
      'maxmemory-policy noeviction',
    ]),
  );
});

test('Kafka is one node with both roles on loopback, and makes no topic by itself', () => {
  const text = formatKafkaConfig({ dataFolder: '/s/data', port: 19092, controllerPort: 19093 });

  expect(text.split('\n')).toEqual(
    expect.arrayContaining([
      'process.roles=broker,controller',
      'listeners=BROKER://127.0.0.1:19092,CONTROLLER://127.0.0.1:19093',
      'advertised.listeners=BROKER://127.0.0.1:19092',
      'controller.quorum.voters=1@127.0.0.1:19093',
      'auto.create.topics.enable=false',
      'group.initial.rebalance.delay.ms=0',
      'offsets.topic.replication.factor=1',
      'log.dirs=/s/data',
    ]),
  );
});

test('Kafka takes readers from outside by TLS and $ConnectionString, and services as ever', () => {
  const text = formatKafkaConfig({
    ...{ dataFolder: '/s/data', port: 19092, controllerPort: 19093 },
    readers: {
      ...{ host: '::1', port: 9093, advertisedHost: 'hub.example' },
      ...{ apiUrl: 'https://[::1]:443', authorityFile: '/s/ca.crt', certificateFile: '/s/r.pem' },
    },
  });

  expect(text.split('\n')).toEqual(
    expect.arrayContaining([
      'listeners=BROKER://127.0.0.1:19092,CONTROLLER://127.0.0.1:19093,READERS://[::1]:9093',
      'advertised.listeners=BROKER://127.0.0.1:19092,READERS://hub.example:9093',
      'listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT,READERS:SASL_SSL',
      'listener.name.readers.sasl.enabled.mechanisms=PLAIN',
      'listener.name.readers.ssl.keystore.location=/s/r.pem',
      'listener.name.readers.max.connections=100',
      'socket.request.max.bytes=2097152',
      'max.connections.per.ip=50',
      'max.connections.per.ip.overrides=127.0.0.1:2147483647',
      'offset.metadata.max.bytes=256',
      'group.max.size=16',
      'group.consumer.max.size=16',
      'authorizer.class.name=linchpin.kafka.ReaderAuthorizer',
      'super.users=User:ANONYMOUS',
      'linchpin.readers.api.url=https://[::1]:443',
    ]),
  );
});

test('a folder with any letters in its name is written as each engine reads it', () => {
  const folder = '/it\'s a "ü\\b"';
  const kafka = formatKafkaConfig({ dataFolder: folder, port: 19092, controllerPort: 19093 });
  const redis = formatRedisConfig({ folder, port: 16379, password: 'pw' });

  expect(kafka).toContain('log.dirs=/it\'s a "\\u00fc\\\\b"\n');
  expect(redis).toContain('dir "/it\'s a \\"ü\\\\b\\""\n');
});

test('HAProxy passes MQTT and AMQP on with PROXY protocol v2 to gateways that are ready', () => {
  const text = formatLoadBalancerConfig({
    frontends: [
      {
        protocol: 'mqtt',
        listen: ['127.0.0.1:8883', '[::1]:8883'],
        gateways: [
          { name: 'gateway-1', port: 17423, probePort: 17422 },
          { name: 'gateway-2', port: 17433, probePort: 17432 },
        ],
      },
      {
        protocol: 'amqp',
        listen: ['127.0.0.1:5671'],
        gateways: [{ name: 'gateway-1', port: 17424, probePort: 17422 }],
      },
    ],
  });

  expect(text.split('\n').map((line) => line.trim())).toEqual(
    expect.arrayContaining([
      'mode tcp',
      'bind 127.0.0.1:8883',
      'bind [::1]:8883',
      'option httpchk GET /healthz/ready',
      'default-server send-proxy-v2 check inter 500ms downinter 100ms fall 2 rise 1',
      'server gateway-1 127.0.0.1:17423 port 17422',
      'server gateway-2 127.0.0.1:17433 port 17432',
      'bind 127.0.0.1:5671',
      'default_backend amqp-gateways',
      'server gateway-1 127.0.0.1:17424 port 17422',
    ]),
  );
});
