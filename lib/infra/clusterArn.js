/** The ARN of the Kafka cluster: the one that the stack makes, or the one that exists. */
export const clusterArn = { 'Fn::If': ['NewCluster', { Ref: 'KafkaCluster' }, { Ref: 'KafkaClusterArn' }] };
