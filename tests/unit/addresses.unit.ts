import { describe, expect, test } from '@jest/globals';
import { kafkaConfig, postgresConfig } from '../../lib/config.ts';
import { ConfigError } from '../../lib/errors.ts';
import { connect } from '../../lib/sql/client.ts';

describe('the address of PostgreSQL', () => {
  test.each([
    ['db.example.com', 'db.example.com'],
    ['10.0.0.7', '10.0.0.7'],
    ['2001:db8::1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
  ])('may be %s', async (given, host) => {
    const config = postgresConfig({ POSTGRES_HOST: given, POSTGRES_PORT: '5433' });
    const sql = connect(config);
    expect(config.host).toBe(host);
    expect([sql.options.host, sql.options.port]).toEqual([[host], [5433]]);
    await sql.end();
  });

  test('may be the folder of a Unix domain socket', async () => {
    const sql = connect(postgresConfig({ POSTGRES_HOST: '/run/postgresql' }));
    expect(sql.options.path).toBe('/run/postgresql/.s.PGSQL.5432');
    await sql.end();
  });
});

describe('the addresses of brokers', () => {
  test.each([
    ['a:1,b.example.com:2', ['a:1', 'b.example.com:2']],
    ['10.0.0.7:9092, kafka_1:9092,', ['10.0.0.7:9092', 'kafka_1:9092']],
    ['[::1]:9092,[fe80::1%eth0]:9093', ['[::1]:9092', '[fe80::1%eth0]:9093']],
  ])('may be %s', (given, brokers) => {
    expect(kafkaConfig({ KAFKA_BROKERS: given }).brokers).toEqual(brokers);
  });

  test.each(['localhost', '::1:9092', '[::1]', ',', 'a:port', 'PLAINTEXT://a:9092'])(
    'are refused by name: %s',
    (given) => {
      const read = () => kafkaConfig({ KAFKA_BROKERS: given });
      expect(read).toThrow(ConfigError);
      expect(read).toThrow(`KAFKA_BROKERS must be host:port,host:port`);
    },
  );
});
