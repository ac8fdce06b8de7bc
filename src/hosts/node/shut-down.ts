import type { Server } from "node:http";
import { systemClock } from "../../ports/clock.ts";
import type { Telemetry } from "../../ports/telemetry.ts";
import type { OpenedServices } from "./opened-services.ts";
import type { RequestsInWork } from "./requests-in-work.ts";

/** What is left of the time that orchestrators give (30 s by default) belongs to what they do around us. */
const stopWithinMs = 10_000;

/** For answers on their way out. Streams of changes, which have no end of their own, are cut off after it. */
const lingerMs = 500;

/** Closing syncs what is left of the write-ahead log, which takes milliseconds on a disk that answers. */
const closeWithinMs = 2000;

export interface RunningParts {
  readonly server: Server;
  readonly services: Pick<OpenedServices, "stop" | "close">;
  readonly requests: RequestsInWork;
  readonly log: Telemetry["log"];
}

/**
 * Stops in the order in which work flows: no more connections, answers to what was accepted, processors, stores. What
 * takes longer than `stopWithinMs` in all is cut off; every acknowledged command is durable either way (G1).
 */
export async function shutDown(parts: RunningParts, withinMs = stopWithinMs): Promise<void> {
  const { server, services, requests, log } = parts;
  const disconnected = new Promise<void>((resolve) => server.close(() => resolve()));
  const inOrder = async () => {
    await requests.idle();
    await services.stop();
    const lingering = setTimeout(() => server.closeAllConnections(), lingerMs);
    server.closeIdleConnections();
    await disconnected;
    clearTimeout(lingering);
  };
  const timer = new AbortController();
  try {
    const late = systemClock.sleep(withinMs, timer.signal).then(() => "late" as const);
    if ((await Promise.race([inOrder(), late])) === "late") {
      log("warn", "cut off what did not end in time", { withinMs });
    }
  } finally {
    timer.abort();
    server.closeAllConnections();
    // A store that does not answer must not keep the process either; what was acknowledged is durable.
    const closed = new AbortController();
    await Promise.race([
      services.close().finally(() => closed.abort()),
      systemClock.sleep(closeWithinMs, closed.signal),
    ]);
  }
}
