export type { FunctionConfig, FunctionPlatform } from "../../transports/connect-functions.ts";
export {
  type Config,
  defineConfig,
  type MemberConfig,
  type ServeOptions,
  type TogetherConfig,
} from "./config.ts";
export type { LogLevel } from "./log.ts";
export { type ServeContext, type ServedService, type ServedServices, serve, serveTogether } from "./serve.ts";
