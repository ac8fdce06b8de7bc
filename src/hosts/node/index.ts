export { type Config, defineConfig, type ServeOptions } from "./config.ts";
export type { LogLevel } from "./log.ts";
export { type ServeContext, type ServedService, serve } from "./serve.ts";
