import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Service } from "millrace";
import { onTestFinished, TestRunner } from "vitest";
import { encodeToken } from "../../src/message/token.ts";
import { type Clock, systemClock } from "../../src/ports/clock.ts";
import type { EventStore } from "../../src/ports/event-store.ts";
import type { StateStore } from "../../src/ports/state-store.ts";
import type { Accepted, CommandOutcome, CommandRequest, Runtime } from "../../src/runtime/runtime.ts";
import { type ServiceOptions, startService } from "../../src/runtime/start-service.ts";
import { openMemory } from "../../src/stores/memory/index.ts";
import { openPostgres } from "../../src/stores/postgres/index.ts";
import { openSqlite } from "../../src/stores/sqlite/index.ts";
import { freshSchema } from "../postgres/fresh-schema.ts";
import { asFunctions } from "./as-functions.ts";

export interface Stores {
  readonly events: EventStore;
  readonly state: StateStore;
  /** Whether the policies and processes of whatever runs over them are functions of their own. */
  readonly withFunctions?: boolean;
  close(): Promise<void>;
}

/** Every store that a service can run on; each test of the engine runs over all of them. */
export const stores: readonly { readonly name: string; open(): Promise<Stores> }[] = [
  { name: "memory", open: async () => closedAfterwards(openMemory()) },
  {
    name: "sqlite",
    open: async () => {
      const folder = mkdtempSync(join(tmpdir(), "millrace-test-"));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      return closedAfterwards(await openSqlite({ path: join(folder, "test.db") }));
    },
  },
  { name: "postgres", open: async () => closedAfterwards(await openPostgres(freshSchema())) },
];

/** Every store with reactions in the process, and one with reactions as functions: that changes nothing. */
export const places: typeof stores = [
  ...stores,
  ...stores
    .filter(({ name }) => name === "sqlite")
    .map(({ name, open }) => ({
      name: `${name} with functions`,
      open: async () => ({ ...(await open()), withFunctions: true }),
    })),
];

function closedAfterwards(opened: Stores): Stores {
  onTestFinished(() => opened.close());
  return opened;
}

const startedAt = Date.now();

/** The system's time with a calendar that hurries and pauses cut short: a retry in ten seconds comes soon. */
export const hastyClock: Clock = {
  now: () => startedAt + (systemClock.now() - startedAt) * 100,
  elapsed: systemClock.elapsed,
  sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 25), signal),
};

/** A service that runs for the length of a test. */
export async function running(
  service: Service,
  opened: Stores,
  options: Partial<ServiceOptions> = {},
): Promise<Runtime> {
  const runtime = await startService(service, {
    events: opened.events,
    state: opened.state,
    clock: hastyClock,
    ...(opened.withFunctions ? { functions: asFunctions(service) } : {}),
    ...options,
  });
  onTestFinished(() => runtime.stop());
  return runtime;
}

export async function accepted(
  runtime: Runtime,
  request: Omit<CommandRequest, "aggregate">,
): Promise<Accepted> {
  const outcome: CommandOutcome = await runtime.commands.handle({ aggregate: "wallet", ...request });
  if (outcome.status !== "accepted")
    throw new Error(`expected the command to be accepted, found ${outcome.code}`);
  return outcome;
}

/** A token of everything in the log. */
export async function tokenOfHead(opened: Stores): Promise<string> {
  return encodeToken([await opened.events.head()]);
}

/** What is kept of a test's time to say what was found. */
const reserveMs = 1000;

/** Outside of tests, in hooks: less than a hook has. */
const hookPatienceMs = 15_000;

/** Waits until `condition` holds; fails shortly before the time of the test is over, with what was found last. */
export async function eventually<T>(
  look: () => Promise<T> | T,
  condition: (found: T) => boolean | Promise<boolean>,
): Promise<T> {
  const deadline = deadlineOfTest();
  for (;;) {
    const found = await look();
    if (await condition(found)) return found;
    if (Date.now() > deadline) throw new Error(`waited in vain; last found ${JSON.stringify(found)}`);
    await systemClock.sleep(5);
  }
}

/** In epoch milliseconds. A test without a limit, as in a debugger, has no deadline. */
function deadlineOfTest(): number {
  const test = TestRunner.getCurrentTest();
  if (test === undefined) return Date.now() + hookPatienceMs;
  if (test.timeout === 0) return Number.POSITIVE_INFINITY;
  return (test.result?.startTime ?? Date.now()) + test.timeout - reserveMs;
}
