export type { HttpResult } from "./http-event.ts";
export {
  type LambdaContext,
  type LambdaOptions,
  type LambdaResult,
  type LambdaTarget,
  lambdaHandler,
} from "./lambda-handler.ts";
export type { SqsResult } from "./sqs-event.ts";
