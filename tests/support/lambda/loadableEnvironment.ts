/** The variables that the module scope of every function reads; it connects to nothing. */
export const loadableEnvironment = {
  KAFKA_BROKERS: 'localhost:9092',
  VOTER_SECRET: 'x'.repeat(32),
  SIGNING_KEYS: `k1:${'x'.repeat(32)}`,
  WEBSOCKET_ENDPOINT: 'http://localhost:3001',
  AWS_REGION: 'us-east-1',
};
