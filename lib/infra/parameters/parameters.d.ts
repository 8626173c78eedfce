/** Types of parameters.js, which is JavaScript because osls's `file()` takes no TypeScript. */

/** The default of each parameter by the name that `--param` takes; that of `kafkaTopicPrefix` holds osls's variables. */
export const defaults: Readonly<Record<string, string>>;
