import type { Service } from "../../domain/service.ts";
import { createMeter } from "../../runtime/metrics.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { startService } from "../../runtime/start-service.ts";
import { answerRequests } from "./answer-requests.ts";
import type { ServeOptions } from "./config.ts";
import { createLog } from "./log.ts";
import { openDatabase } from "./open-database.ts";
import { resolveSettings } from "./settings.ts";
import { shutDown } from "./shut-down.ts";
import { stopOnSignals } from "./stop-on-signals.ts";
import { isGoneWorker, newWorkerName } from "./worker-name.ts";

/** A service that serves. */
export interface ServedService {
  /** Where it answers, such as `http://localhost:3000`. */
  readonly url: string;
  readonly runtime: Runtime;
  /**
   * Stops taking connections, answers what was accepted, stops processors, closes the store; cuts off after 10 seconds.
   * Idempotent.
   */
  close(): Promise<void>;
}

export interface ServeContext {
  /** Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** From where relative paths count; default the working directory. */
  readonly folder?: string;
  /** Whether nobody but the developer is there: `auth` may be left out, logs are lines to read. Default false. */
  readonly development?: boolean;
  /** Whether SIGTERM and SIGINT stop the process in order. Default true. */
  readonly signals?: boolean;
}

/**
 * Runs a service on Node: opens its stores, starts what its roles ask for and answers HTTP. Resolves once it listens.
 * Rejects with `configuration-invalid` (also for a port in use), `authentication-undecided`, and with what the stores
 * reject with; then nothing is left running.
 */
export async function serve(
  service: Service,
  options: ServeOptions = {},
  context: ServeContext = {},
): Promise<ServedService> {
  const settings = resolveSettings(options, {
    env: context.env ?? process.env,
    folder: context.folder ?? process.cwd(),
    development: context.development ?? false,
  });
  const log = createLog({ level: settings.logLevel, pretty: settings.development });
  const meter = createMeter();
  const telemetry = { ...meter, log };
  const stores = await openDatabase(settings.database, { service: service.name, telemetry });
  let runtime: Runtime | undefined;
  try {
    runtime = await startService(service, {
      events: stores.events,
      state: stores.state,
      ...settings.engine,
      roles: settings.roles,
      telemetry,
      workerId: newWorkerName(),
      isGone: isGoneWorker,
    });
    const answered = await answerRequests(runtime, settings, telemetry, meter);
    const { server, requests, url } = answered;
    const parts = { server, runtime, stores, requests, log };
    let closing: Promise<void> | undefined;
    const close = () => {
      answered.stopping();
      closing ??= shutDown(parts).finally(() => forgetSignals());
      return closing;
    };
    const forgetSignals = context.signals === false ? () => {} : stopOnSignals(close, log);
    log("info", "listening", { service: service.name, url, roles: settings.roles.join(",") });
    return { url, runtime, close };
  } catch (error) {
    await runtime?.stop();
    await stores.close();
    throw error;
  }
}
