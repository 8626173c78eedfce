/** What the functions' bundles leave out of their dependencies. Every cold start would load it, and no function uses
 * it: 9 of the 37 ms that castVote took to load. */
import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/** Replaces unused parts of the Postgres client, replication and large objects: 6 KB of each bundle. The client still
 * looks for them when it ends; an empty object leaves it nothing to close. */
const withoutReplication: Plugin = {
  name: 'without-replication',
  setup({ onLoad }) {
    onLoad({ filter: /node_modules\/postgres\/src\/(subscribe|large)\.js$/ }, () => ({
      contents: 'export default () => ({});',
    }));
  },
};

/** Middy loads Node's web streams for handlers that stream their response (option `streamifyResponse`). */
const withoutStreaming: Plugin = {
  name: 'without-streaming',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:stream/ }, ({ importer, path }) =>
      /node_modules\/@middy\/core\//.test(importer) ? { path, namespace: 'nothing' } : undefined,
    );
    onLoad({ filter: /^/, namespace: 'nothing' }, () => ({ contents: 'module.exports = {};' }));
  },
};

/** The requests of producers, and of what functions ask and create as administrators. */
const REQUESTS = new Set([
  ...['apiVersions', 'saslHandshake', 'saslAuthenticate', 'metadata', 'produce'],
  ...['createTopics', 'createPartitions', 'describeConfigs'],
]);

/** KafkaJS without consumers, transactions and most of administration: 134 KB. A function consumes by its event source
 * mapping. A request that is left out throws KafkaJS' own `KafkaJSNotImplemented`. */
const withoutConsumers: Plugin = {
  name: 'without-consumers',
  setup({ onLoad }) {
    onLoad({ filter: /node_modules\/kafkajs\/src\/consumer\/index\.js$/ }, () => ({
      contents: "module.exports = () => { throw new Error('Functions have no Kafka consumers.'); };",
    }));
    onLoad({ filter: /node_modules\/kafkajs\/src\/protocol\/requests\/index\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const contents = source.replace(/(?<=: )require\('\.\/(\w+)'\)/g, (required, request) =>
        REQUESTS.has(request) ? required : 'noImplementedRequestDefinitions',
      );
      return { contents };
    });
  },
};

export const leanDependencies = [withoutReplication, withoutStreaming, withoutConsumers];
