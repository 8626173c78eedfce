import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { kafkaConfig, postgresConfig } from '../../lib/config.ts';
import { localConfig } from '../../lib/localConfig.ts';

const PROJECT = join(import.meta.dirname, '../..');

interface Service {
  environment: Record<string, string | number>;
  healthcheck?: object;
  volumes: string[];
  depends_on?: Record<string, { condition: string }>;
}

interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, null>;
}

const compose: Compose = parse(readFileSync(join(PROJECT, 'docker-compose.yml'), 'utf8'), { merge: true });
const { app, postgres, ...others } = compose.services;
const brokers = Object.entries(others);
const textOf = (environment: Service['environment'] = {}) =>
  Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, `${value}`]));

describe('docker-compose.yml', () => {
  test('is valid by the schema of the Compose Specification', () => {
    const file = join(PROJECT, 'tests/support/compose-spec/compose-spec.json');
    const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
    const isValid = ajv.compile(JSON.parse(readFileSync(file, 'utf8')));
    isValid(compose);
    expect(isValid.errors).toBeNull();
    expect(isValid({ ...compose, services: { app: { imaje: 'node' } } })).toBe(false);
  });

  test('has three brokers of one cluster, each in the quorum', () => {
    const ids = brokers.map(([, { environment }]) => environment['KAFKA_NODE_ID']);
    expect(ids).toEqual([1, 2, 3]);
    for (const [name, { environment }] of brokers) {
      expect(environment['KAFKA_CONTROLLER_QUORUM_VOTERS']).toContain(
        `${environment['KAFKA_NODE_ID']}@${name}:9093`,
      );
      expect(environment['KAFKA_ADVERTISED_LISTENERS']).toContain(`INSIDE://${name}:19092`);
      expect(environment['CLUSTER_ID']).toBe(brokers[0]?.[1].environment['CLUSTER_ID']);
    }
  });

  test('configures the app with every broker, PostgreSQL and three replicas, in variables that it reads', () => {
    const env = textOf(app?.environment);
    const { embedsKafka, embedsPostgres } = localConfig(env);
    expect({ embedsKafka, embedsPostgres }).toEqual({ embedsKafka: false, embedsPostgres: false });
    expect(kafkaConfig(env).brokers).toEqual(brokers.map(([name]) => `${name}:19092`));
    expect(kafkaConfig(env).replication).toBe(brokers.length);
    const { host, user, password, database } = postgresConfig(env);
    expect(host).toBe('postgres');
    expect({ user, password, database }).toEqual({
      user: postgres?.environment['POSTGRES_USER'],
      password: postgres?.environment['POSTGRES_PASSWORD'],
      database: postgres?.environment['POSTGRES_DB'],
    });
  });

  test('starts the app when all other services are healthy, and has a health check for each', () => {
    const needed = Object.entries(app?.depends_on ?? {});
    expect(needed.map(([name]) => name).sort()).toEqual(['postgres', ...Object.keys(others)].sort());
    for (const [, { condition }] of needed) expect(condition).toBe('service_healthy');
    for (const service of Object.values(compose.services)) expect(service.healthcheck).toBeDefined();
  });

  test('keeps the data of each server in a separate volume', () => {
    const named = Object.values(compose.services)
      .flatMap(({ volumes }) => volumes.map((volume) => volume.split(':')[0]))
      .filter((volume) => volume !== '.');
    expect(new Set(named).size).toBe(named.length);
    expect([...named].sort()).toEqual(Object.keys(compose.volumes).sort());
  });
});
