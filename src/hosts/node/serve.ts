import type { Service } from "../../domain/service.ts";
import { MillraceError } from "../../errors/millrace-error.ts";
import { createMeter } from "../../runtime/metrics.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { answerRequests } from "./answer-requests.ts";
import type { MemberConfig, ServeOptions, TogetherConfig } from "./config.ts";
import { createLog } from "./log.ts";
import { OpenedServices } from "./opened-services.ts";
import { resolveTogether } from "./settings.ts";
import { shutDown } from "./shut-down.ts";
import { stopOnSignals } from "./stop-on-signals.ts";

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

/** Several services that one process serves. */
export interface ServedServices extends Pick<ServedService, "url" | "close"> {
  /** By the name of the service. */
  readonly runtimes: ReadonlyMap<string, Runtime>;
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
  const { url, runtimes, close } = await serveMembers([{ ...options, service }], options, context);
  // The one that was asked for.
  return { url, runtime: runtimes.get(service.name) as Runtime, close };
}

/**
 * Runs several services in one process, under one URL. They reach each other directly, and each keeps its own log: what they do is what
 * they would do apart. Rejects as `serve` does, and with `declaration-invalid` for a clash of routes.
 */
export async function serveTogether(
  config: TogetherConfig,
  context: ServeContext = {},
): Promise<ServedServices> {
  const { together, ...options } = config;
  if (together.length > 0) return serveMembers(together, options, context);
  throw new MillraceError("configuration-invalid", `"together" names no service; expected at least one.`);
}

async function serveMembers(
  members: readonly MemberConfig[],
  options: ServeOptions,
  context: ServeContext,
): Promise<ServedServices> {
  const settings = resolveTogether(members, options, {
    env: context.env ?? process.env,
    folder: context.folder ?? process.cwd(),
    development: context.development ?? false,
  });
  const log = createLog({ level: settings.logLevel, pretty: settings.development });
  const meter = createMeter();
  const telemetry = { ...meter, log };
  const services = new OpenedServices(settings, telemetry);
  try {
    const runtimes = await services.open();
    const answered = await answerRequests([...runtimes.values()], settings, telemetry, meter);
    const { server, requests, url } = answered;
    let closing: Promise<void> | undefined;
    const close = () => {
      answered.stopping();
      closing ??= shutDown({ server, services, requests, log }).finally(() => forgetSignals());
      return closing;
    };
    const forgetSignals = context.signals === false ? () => {} : stopOnSignals(close, log);
    const names = [...runtimes.keys()].join(",");
    log("info", "listening", { service: names, url, roles: settings.roles.join(",") });
    return { url, runtimes, close };
  } catch (error) {
    await services.stop();
    await services.close();
    throw error;
  }
}
