import type { Service } from "../../domain/service.ts";
import type { Authentication } from "../../http/authentication.ts";
import type { CorsOptions } from "../../http/http-options.ts";
import type { Role } from "../../runtime/runtime.ts";
import type { FunctionConfig } from "../../transports/connect-functions.ts";
import type { ServiceConfig } from "../../transports/connect-services.ts";
import type { LogLevel } from "./log.ts";

/** How a service runs on Node. What the environment says goes before what stands here. */
export interface ServeOptions {
  /**
   * Who gets in (G12): `"none"` spelled out, or how bearer tokens are verified. Outside development there is no default
   * (`authentication-undecided`).
   */
  readonly auth?: Authentication;
  /** Default 3000; 0 takes a free one. Environment: `PORT`. */
  readonly port?: number;
  /** The address to listen on. Default `127.0.0.1` in development, otherwise all. Environment: `HOST`. */
  readonly host?: string;
  /**
   * `sqlite:PATH` (a relative path counts from the configuration's folder), `postgres://…` (`?schema=` names the schema, by
   * default the service's name) or, in development alone, `memory:`. Default `sqlite:./data/app.db`. Environment:
   * `DATABASE_URL`.
   */
  readonly database?: string;
  /** What this process does. Default all. Environment: `MILLRACE_ROLES`, with commas. */
  readonly roles?: readonly Role[];
  /**
   * How other services are reached, by name: a base URL, or one with a bearer token. Environment: `MILLRACE_SERVICES`, such as
   * `accounts=http://accounts:3000,payments=http://payments:3000`, whose URLs go before these.
   */
  readonly services?: Readonly<Record<string, ServiceConfig>>;
  /**
   * Those of `services` that refer to aggregates of this one and are asked before one is retired: see docs/references.md. Default none.
   * Environment: `MILLRACE_REFERRERS`, with commas.
   */
  readonly referrers?: readonly string[];
  /**
   * Policies and processes that are functions of their own, by name. Those with an address run there, the others in the process. Environment:
   * `MILLRACE_FUNCTIONS`, such as `send-receipts=https://…`, whose addresses go before these, and `MILLRACE_FUNCTION_SECRET`.
   */
  readonly functions?: Readonly<Record<string, FunctionConfig>>;
  /** Default `info`. Environment: `LOG_LEVEL`. */
  readonly logLevel?: LogLevel;
  /** For how many days a repeated `Idempotency-Key` has its first result at least; default 90, `Infinity` for good. */
  readonly keepCommandsForDays?: number;
  /** The largest body that is read; default 1 MiB. */
  readonly maxBodyBytes?: number;
  /** The role that may use `/admin` and `/metrics`; default `operator`. */
  readonly operatorRole?: string;
  /** Which pages of other origins may call; default none. */
  readonly cors?: CorsOptions;
}

/** A service and how it runs: what `millrace.config.ts` exports by default. */
export interface Config extends ServeOptions {
  readonly service: Service;
}

/** What concerns one service of several in a process. */
export interface MemberConfig extends Pick<Config, "service" | MemberOption> {}

type MemberOption = "database" | "services" | "referrers" | "functions" | "keepCommandsForDays";

/** Several services in one process, which reach each other without a network and share one URL space. */
export interface TogetherConfig extends Omit<ServeOptions, MemberOption> {
  /**
   * Each service and what concerns it alone; the rest of its own configuration (port, authentication, …) does not count here.
   * Each needs a database of its own; on PostgreSQL that is a schema, which is named as the service is.
   */
  readonly together: readonly MemberConfig[];
}

/** Gives a configuration its type: `export default defineConfig({ service, auth: "none" })`. */
export function defineConfig<C extends Config | TogetherConfig>(config: C): C {
  return config;
}
