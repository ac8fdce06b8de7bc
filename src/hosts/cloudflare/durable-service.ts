import type { DrainReport, DrainRequest } from "../../runtime/drain.ts";
import { type ObjectStoreOptions, openObject } from "../../stores/sqlite/open-object.ts";
import { drainHeader } from "./object-of.ts";

/** What is in a Durable Object: what `fetchHandler` of `millrace/fetch` returned, with its processors. */
export interface ObjectTarget {
  readonly fetch: (request: Request) => Promise<Response>;
  readonly drain: (request: DrainRequest) => Promise<DrainReport>;
}

/** The storage of a Durable Object with SQLite, which sets off alarms: `ctx.storage`. */
export type DurableStorage = ObjectStoreOptions["storage"] & {
  /** Epoch milliseconds. */
  setAlarm(at: number): Promise<void>;
  deleteAlarm(): Promise<void>;
};

/** What a Durable Object is constructed with: what of it matters here. */
export interface ObjectContext {
  readonly storage: DurableStorage;
  waitUntil(work: Promise<unknown>): void;
}

/** A Durable Object that holds one service, and is its single writer. */
export interface DurableService {
  fetch(request: Request): Promise<Response>;
  alarm(): Promise<void>;
}

/** What is done of an alarm that was set before a command, where the object ended right after it. */
const safetyMs = 1000;

/** How long a drain goes on; below the time that the platform gives an alarm. */
const drainMs = 20_000;

/** After a drain that failed. */
const pauseMs = 10_000;

/**
 * What of `fetchHandler`'s options a service needs that is kept in its Durable Object: its storage, and that nobody else works on it. Options as
 * `openObject` takes them may be given beside the storage.
 */
export function inObject(storage: DurableStorage, options: Omit<ObjectStoreOptions, "storage"> = {}) {
  return { stores: () => openObject({ ...options, storage }), isGone: () => true } as const;
}

/**
 * Makes the class of a Durable Object that holds one service: `make` is called once for each time that the object comes to life. What a command
 * leads to is handled after its answer; what a release brings, such as a view to build, after the first answer of any kind. An alarm is set
 * before the command, so that it is handled also where the object ends in between, and at the time of the next deadline or attempt, so that it
 * runs when there is something to do, and at no other time.
 */
export function durableService<Env = unknown>(
  make: (storage: DurableStorage, env: Env) => ObjectTarget,
): new (
  context: ObjectContext,
  env: Env,
) => DurableService {
  return class implements DurableService {
    readonly #target: ObjectTarget;
    readonly #context: ObjectContext;
    #posts = 0;
    #isNew = true;
    #isDue = false;
    #draining: Promise<DrainReport> | undefined;

    constructor(context: ObjectContext, env: Env) {
      this.#context = context;
      this.#target = make(context.storage, env);
    }

    async fetch(request: Request): Promise<Response> {
      const asked = request.headers.get(drainHeader);
      if (asked !== null) return Response.json(await this.#drain(JSON.parse(asked) as DrainRequest));
      if (request.method !== "POST") {
        const response = await this.#target.fetch(request);
        if (this.#isNew) this.#drainAfter();
        return response;
      }
      this.#posts++;
      try {
        await this.#context.storage.setAlarm(Date.now() + safetyMs);
        const response = await this.#target.fetch(request);
        this.#drainAfter();
        return response;
      } finally {
        this.#posts--;
      }
    }

    /** Rejects only where no other alarm can be set: the platform gives one up that fails a few times. */
    async alarm(): Promise<void> {
      await this.#drain().catch(() => this.#again());
    }

    #drainAfter(): void {
      this.#isNew = false;
      this.#context.waitUntil(this.#drain().catch(() => this.#again()));
    }

    #again(): Promise<void> {
      return this.#context.storage.setAlarm(Date.now() + pauseMs);
    }

    /** One at a time, which has seen all that was there when it was asked for: nobody else works on this storage. */
    #drain(request: DrainRequest = { maxMs: drainMs }): Promise<DrainReport> {
      this.#isDue = true;
      this.#draining ??= this.#drainAll(request).finally(() => {
        this.#draining = undefined;
      });
      return this.#draining;
    }

    async #drainAll({ maxMs }: DrainRequest): Promise<DrainReport> {
      const { storage } = this.#context;
      let report: DrainReport = { caughtUp: true };
      while (this.#isDue) {
        this.#isDue = false;
        report = await this.#target.drain({ maxMs });
      }
      const next = report.caughtUp ? report.nextAt : Date.now();
      if (next !== undefined) await storage.setAlarm(next);
      // The alarm of a command that is under way stays.
      else if (this.#posts === 0) await storage.deleteAlarm();
      return report;
    }
  };
}
