import type { Telemetry } from "../ports/telemetry.ts";
import type { Authentication } from "./authentication.ts";

/** How requests are answered, whatever routes there are. */
export interface RequestOptions {
  /** Whether nobody but the developer is there: loopback may operate, failures tell their stack. Default false. */
  readonly development?: boolean;
  /** The largest body that is read; default 1 MiB. */
  readonly maxBodyBytes?: number;
  /**
   * How long a request may take until its answer begins, in milliseconds; default 60,000. Then it is a 503; what it set going
   * may still happen, which the answer says.
   */
  readonly requestTimeoutMs?: number;
  /** Whether a request was made on this very machine; default never. Matters in development alone. */
  readonly isLoopback?: (request: Request) => boolean;
  /** The role that may use `/admin` and `/metrics`; default `operator`. */
  readonly operatorRole?: string;
  /** Which pages of other origins may call; default none. */
  readonly cors?: CorsOptions;
  readonly telemetry?: Telemetry;
  /** Whether the process is on its way out: it says then that it is not ready, and streams of changes end. */
  readonly isStopping?: () => boolean;
  /** Between two signs of life in a stream of changes, in milliseconds; default 15,000, below what proxies tolerate. */
  readonly heartbeatMs?: number;
}

export interface HttpOptions extends RequestOptions {
  /**
   * Who callers are (G12). Outside development it must be there, `"none"` spelled out or bearer tokens
   * (`authentication-undecided`); in development absent means `"none"`.
   */
  readonly auth?: Authentication | undefined;
  /** The metrics in Prometheus's text format 0.0.4; without it there is no `/metrics`. */
  readonly metrics?: () => string | Promise<string>;
  /** A file of Swagger UI by its name; without it there is no `/docs`. */
  readonly swaggerUiFile?: (name: string) => Promise<Uint8Array<ArrayBuffer> | undefined>;
}

export interface CorsOptions {
  /** Origins such as `https://shop.example`, or `"*"` for all. */
  readonly origins: readonly string[] | "*";
}
