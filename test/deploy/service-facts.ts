import { readFileSync } from "node:fs";
import accounts from "../../examples/online-store/accounts/service.ts";
import { createHttp } from "../../src/http/index.ts";
import { createMeter } from "../../src/runtime/metrics.ts";
import { everyRole, type Role } from "../../src/runtime/runtime.ts";
import { startService } from "../../src/runtime/start-service.ts";
import { openMemory } from "../../src/stores/memory/index.ts";
import { root } from "../entry-points.ts";

/** The folder of the service that is deployed, from the root of the project. */
export const serviceFolder = "examples/online-store/accounts";

/** The roles that the service needs processes for: nobody reads the feed of one that publishes nothing. */
export const deployedRoles: readonly Role[] = everyRole.filter(
  (role) => role !== "relay" || accounts.definition.publications.length > 0,
);

/** The names of all metrics that a process exports, as it exports them, with their types. */
export function exportedMetrics(): ReadonlyMap<string, string> {
  const types = createMeter()
    .text()
    .matchAll(/^# TYPE (\S+) (\S+)$/gm);
  return new Map([...types].map(([, name = "", type = ""]) => [name, type]));
}

/** The names under which metrics tell how far the service's processors are. */
export function processorNames(): readonly string[] {
  const { views, policies } = accounts.definition;
  return [...views, ...policies].map(({ name }) => name);
}

/** What a process of these roles answers to GET with. */
export async function statusOf(path: string, roles: readonly Role[]): Promise<number> {
  const stores = openMemory();
  const runtime = await startService(accounts, { ...stores, roles });
  try {
    const { fetch } = createHttp(runtime, { auth: "none" });
    return (await fetch(new Request(`http://localhost${path}`))).status;
  } finally {
    await runtime.stop();
    await stores.close();
  }
}

/** For how long a process may go on after SIGTERM, in seconds: the constants of `shutDown`, which are nobody else's business. */
export function shutdownSeconds(): number {
  const source = readFileSync(`${root}src/hosts/node/shut-down.ts`, "utf8");
  const constants = [...source.matchAll(/^const (?:stop|close)WithinMs = (\d[\d_]*);$/gm)];
  if (constants.length !== 2) throw new Error("shut-down.ts has other constants than expected.");
  return constants.reduce((sum, [, ms = ""]) => sum + Number(ms.replaceAll("_", "")), 0) / 1000;
}
