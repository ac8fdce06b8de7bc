export type { BearerTokens } from "../../http/bearer-tokens.ts";
export type { CorsOptions, RequestOptions } from "../../http/http-options.ts";
export type { DrainReport, DrainRequest } from "../../runtime/drain.ts";
export { connectFunctions, type FunctionConfig } from "../../transports/connect-functions.ts";
export { connectServices, type ServiceConfig } from "../../transports/connect-services.ts";
export { bearerTokens } from "./bearer-tokens.ts";
export {
  type FetchHandler,
  type FetchOptions,
  fetchHandler,
  type Identification,
  type RequestContext,
  type Stores,
} from "./fetch-handler.ts";
export { type FunctionHandler, type FunctionOptions, functionHandler } from "./function-handler.ts";
export {
  commands,
  doorbell,
  feed,
  health,
  openApi,
  operations,
  processors,
  queries,
  type Side,
} from "./sides.ts";
