import type { Server } from "node:http";
import type { Telemetry } from "../../ports/telemetry.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { Stores } from "./open-database.ts";
import type { RequestsInWork } from "./requests-in-work.ts";

/** What is left of the time that orchestrators give (30 s by default) belongs to what they do around us. */
export const stopWithinMs = 10_000;

/** For answers on their way out. Streams of changes, which have no end of their own, are cut off after it. */
const lingerMs = 500;

export interface RunningParts {
  readonly server: Server;
  readonly runtime: Runtime;
  readonly stores: Stores;
  readonly requests: RequestsInWork;
  readonly log: Telemetry["log"];
}

/**
 * Stops in the order in which work flows: no more connections, answers to what was accepted, processors, stores. What
 * takes longer than `stopWithinMs` in all is cut off; every acknowledged command is durable either way (G1).
 */
export async function shutDown(parts: RunningParts): Promise<void> {
  const { server, runtime, stores, requests, log } = parts;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const inOrder = async () => {
    await requests.idle();
    await runtime.stop();
    const lingering = setTimeout(() => server.closeAllConnections(), lingerMs);
    server.closeIdleConnections();
    await closed;
    clearTimeout(lingering);
  };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), stopWithinMs);
  });
  const outcome = await Promise.race([inOrder(), late]);
  clearTimeout(timer);
  if (outcome === "late") {
    log("warn", "cut off what did not end in time", { stopWithinMs });
    server.closeAllConnections();
  }
  await stores.close();
}
