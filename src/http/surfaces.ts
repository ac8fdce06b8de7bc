import type { AnyAccess } from "../domain/access.ts";
import { noTelemetry } from "../ports/telemetry.ts";
import type { Running } from "../runtime/runtime.ts";
import { aggregateRoutes } from "./aggregate-routes.ts";
import { commandRoutes } from "./command-routes.ts";
import type { StreamSettings } from "./event-stream.ts";
import type { Route } from "./exchange.ts";
import { feedRoutes } from "./feed-routes.ts";
import { Gate } from "./gate.ts";
import type { RequestOptions } from "./http-options.ts";
import { operationRoutes } from "./operation-routes.ts";
import { viewRoutes } from "./view-routes.ts";

/** 1 MiB: far above any command, far below what would hurt. */
const defaultMaxBodyBytes = 1024 * 1024;

/** Below the minute after which common proxies take a silent connection for dead. */
const defaultHeartbeatMs = 15_000;

/** What the routes of every part of a service need to know. */
export interface Surroundings {
  readonly gateOf: (access: AnyAccess | undefined) => Gate;
  readonly maxBodyBytes: number;
  readonly streams: StreamSettings;
}

/** `authenticates`: whether callers can prove who they are at all. */
export function surroundingsOf(options: RequestOptions, authenticates: boolean): Surroundings {
  const { development = false, operatorRole = "operator", isLoopback = () => false } = options;
  const { heartbeatMs = defaultHeartbeatMs, isStopping = () => false, telemetry = noTelemetry } = options;
  return {
    gateOf: (access) => new Gate({ access, authenticates, development, operatorRole, isLoopback }),
    maxBodyBytes: options.maxBodyBytes ?? defaultMaxBodyBytes,
    streams: { heartbeatMs, isStopping, telemetry },
  };
}

/** Where aggregates are commanded, and read as they are. */
export function commandSurface(
  runtime: Running<"commands">,
  { gateOf, maxBodyBytes }: Surroundings,
): readonly Route[] {
  const { aggregates, access } = runtime.service;
  const gate = gateOf(access);
  return aggregates.flatMap((definition) => [
    ...commandRoutes({ runtime, gate, maxBodyBytes }, definition),
    ...aggregateRoutes(runtime, gate, definition),
  ]);
}

/** Where views are read. */
export function querySurface(
  runtime: Running<"queries">,
  { gateOf, streams }: Surroundings,
): readonly Route[] {
  const { views, access } = runtime.service;
  const gate = gateOf(access);
  return views.flatMap((view) => viewRoutes(runtime, gate, view, streams));
}

/** Where others read what the service publishes. */
export function relaySurface(runtime: Running<"feed">, { gateOf, streams }: Surroundings): readonly Route[] {
  return feedRoutes(runtime, gateOf(runtime.service.access), streams);
}

/** What operators use, at `at`. */
export function operationSurface(
  runtime: Running<"operations">,
  { gateOf, maxBodyBytes }: Surroundings,
  at: string,
): readonly Route[] {
  return operationRoutes({ runtime, gate: gateOf(runtime.service.access), maxBodyBytes, at });
}
