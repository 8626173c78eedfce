/** The part of serverless-offline that event source plugins use; the package has no types. */
declare module 'serverless-offline/lambda' {
  export interface LambdaFunction {
    setEvent(event: unknown): void;
    runHandler(): Promise<unknown>;
    cleanup(): Promise<void>;
  }

  export default class Lambda {
    constructor(serverless: unknown, options: Record<string, unknown>);
    create(definitions: readonly { functionKey: string; functionDefinition: unknown }[]): void;
    get(functionKey: string): LambdaFunction;
    cleanup(): Promise<void>;
  }
}
