import type { KafkaConfig } from '../config.ts';
import { kafkaClient } from './client.ts';
import { createProducer, type SettlingProducer } from './producer.ts';

/** Creates a function's producer, which connects on first use. */
export function openProducer(config: KafkaConfig): SettlingProducer {
  return createProducer(kafkaClient(config), config.topicPrefix);
}
