import type { UsedContract } from "../domain/service.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import type { NewEvent } from "../message/event.ts";
import type { Condition } from "../message/event-query.ts";
import { derivedId } from "../message/id.ts";
import type { LogPoint } from "../message/log-point.ts";
import type { Clock } from "../ports/clock.ts";
import type { EventStore, StreamAppend } from "../ports/event-store.ts";
import type { FeedPage, FeedSource } from "../ports/feed-source.ts";
import type { ProcessingFailure } from "../ports/parked-event.ts";
import type { StateStore } from "../ports/state-store.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import { countHandled } from "./count-handled.ts";
import { type EventWorker, type HeldRange, rangeKeyOf, type StepResult } from "./event-worker.ts";
import { failureOf } from "./failure.ts";
import { followedStream, markOf, subscriptionName, subscriptionProcessor } from "./followed-feed.ts";
import type { FeedFollowed } from "./sources-of.ts";
import { type Delivery, deliveryTag, takeDeliveries } from "./take-deliveries.ts";

/** Integration events asked for at once. */
const pageSize = 256;

/** How long one request waits for news: what is idle asks three times a minute. */
const waitMs = 20_000;

/** Where the feed was read up to, as the log tells. */
interface Followed {
  /** Of the stream that keeps the cursor. */
  readonly version: number;
  readonly cursor: string | undefined;
  /** Whether all that was published before the subscription began is in the log. */
  readonly live: boolean;
}

/**
 * Follows the feed of another service: appends its integration events to the log of this one, in their order and each once,
 * together with the cursor of the feed. Whoever reacts to them, or shows them, reads the log alone.
 */
export class SubscriptionWorker implements EventWorker {
  readonly kind = "subscription";
  readonly processor: string;
  readonly name: string;
  readonly spread = false;
  readonly #used: UsedContract;
  readonly #isReferredTo: boolean;
  readonly #waitMs: number;
  readonly #source: FeedSource;
  readonly #events: EventStore;
  readonly #states: StateStore;
  readonly #clock: Clock;
  readonly #telemetry: Telemetry;
  /** How far nothing was found to take, which the log does not tell. */
  #passed: Followed | undefined;

  constructor(parts: {
    used: UsedContract;
    isReferredTo: boolean;
    /** Whether it waits for news, or takes what there is. */
    waits: boolean;
    source: FeedSource;
    events: EventStore;
    states: StateStore;
    clock: Clock;
    telemetry: Telemetry;
  }) {
    this.#used = parts.used;
    this.#isReferredTo = parts.isReferredTo;
    this.#waitMs = parts.waits ? waitMs : 0;
    this.#source = parts.source;
    this.#events = parts.events;
    this.#states = parts.states;
    this.#clock = parts.clock;
    this.#telemetry = parts.telemetry;
    this.name = subscriptionName(parts.used.contract);
    this.processor = subscriptionProcessor(parts.used.contract);
  }

  async step(range: HeldRange, _parked: ReadonlySet<string>, signal: AbortSignal): Promise<StepResult> {
    let deliveries: readonly Delivery[];
    let point: LogPoint | undefined;
    let caughtUp = false;
    try {
      const followed = await this.#lookUp();
      const page = await this.#read(followed.cursor, range.failure === undefined ? this.#waitMs : 0, signal);
      if (signal.aborted) return { status: "progressed", range, caughtUp: false, parked: [] };
      deliveries = takeDeliveries(this.#used, page.events, {
        live: followed.live,
        isReferredTo: this.#isReferredTo,
      });
      point = await this.#append(followed, deliveries, page);
      caughtUp = this.#waitMs === 0 && !page.more;
    } catch (error) {
      if (signal.aborted) return { status: "progressed", range, caughtUp: false, parked: [] };
      return this.#stop(range, error);
    }
    if (range.failure !== undefined && (await this.#tell(range, null)) === "fenced")
      return { status: "fenced" };
    countHandled(this.#telemetry, this.name, { events: deliveries.length, failures: 0, retries: 0 });
    const { failure: _, ...rest } = range;
    return {
      status: "progressed",
      range: { ...rest, checkpoint: point ?? range.checkpoint },
      caughtUp,
      parked: [],
    };
  }

  async retry(): Promise<"failed"> {
    // Nothing is ever parked: a feed that holds what cannot be taken stands still there.
    return "failed";
  }

  forget(): void {
    this.#passed = undefined;
  }

  /** Looked up each time: an operator may have it read anew, and another process may have followed meanwhile. */
  async #lookUp(): Promise<Followed> {
    const [last] = await this.#events.readStream(this.#stream, { direction: "backward", limit: 1 });
    const version = last?.version ?? 0;
    if (this.#passed?.version === version) return this.#passed;
    if (last === undefined) return { version, cursor: undefined, live: false };
    const { cursor, live } = last.data as FeedFollowed;
    return { version, cursor: cursor === "" ? undefined : cursor, live };
  }

  async #read(cursor: string | undefined, wait: number, signal: AbortSignal): Promise<FeedPage> {
    const { contract, unknownTypes } = this.#used;
    const asked = this.#clock.elapsed();
    const page = await this.#source.read({
      ...(cursor === undefined ? {} : { after: cursor }),
      ...(unknownTypes === "skip" ? { types: Object.keys(contract.definition.events) } : {}),
      limit: pageSize,
      waitMs: wait,
      signal,
    });
    const isHasty =
      page.events.length === 0 && !page.more && this.#clock.elapsed() - asked < Math.min(wait, 1000);
    if (isHasty) await this.#clock.sleep(1000, signal);
    return page;
  }

  /** Appends what was delivered, in order, and with the last of it how far the feed was read. Resolves with where the log then stands. */
  async #append(
    followed: Followed,
    deliveries: readonly Delivery[],
    { next, more }: FeedPage,
  ): Promise<LogPoint | undefined> {
    const live = followed.live || !more;
    // What is not published moves the cursor on in memory alone.
    if (deliveries.length === 0 && live === followed.live) {
      this.#passed = { ...followed, cursor: next };
      return undefined;
    }
    let point: LogPoint | undefined;
    const runs = deliveries.length === 0 ? [[]] : runsOf(deliveries);
    for (const [index, run] of runs.entries()) {
      const mark =
        index === runs.length - 1 ? this.#mark(followed.version, { cursor: next, live }) : undefined;
      point = await this.#appendRun(run, mark);
    }
    return point;
  }

  /** Appends a run without what the log holds already; undefined where the mark is not the next one, or nothing is left. */
  async #appendRun(run: readonly Delivery[], mark: StreamAppend | undefined): Promise<LogPoint | undefined> {
    let left = run;
    for (;;) {
      const appends = [...appendsOf(left), ...(mark === undefined ? [] : [mark])];
      if (appends.length === 0) return undefined;
      const result = await this.#events.append({
        command: { id: derivedId("feed", this.name, ...appends.flatMap(idsOf)), fingerprint: "" },
        appends,
        conditions: left.map(notThere),
      });
      if (result.status === "appended") return result.point;
      if (result.status !== "condition-failed") return undefined;
      const { condition } = result;
      left = left.filter((_, index) => index !== condition);
    }
  }

  #mark(version: number, data: FeedFollowed): StreamAppend {
    return markOf(this.#used.contract, version, data);
  }

  get #stream(): string {
    return followedStream(this.#used.contract);
  }

  async #stop(range: HeldRange, error: unknown): Promise<StepResult> {
    const attempts = (range.failure?.attempts ?? 0) + 1;
    const failure = failureOf(explained(error, this.#used), 0, attempts, this.#clock.now());
    countHandled(this.#telemetry, this.name, {
      events: 0,
      failures: attempts === 1 ? 1 : 0,
      retries: attempts === 1 ? 0 : 1,
    });
    if ((await this.#tell(range, failure)) === "fenced") return { status: "fenced" };
    return { status: "stopped", range: { ...range, failure } };
  }

  #tell(range: HeldRange, failure: ProcessingFailure | null): Promise<"committed" | "fenced"> {
    return this.#states.commitProgress({
      processor: this.processor,
      range: rangeKeyOf(range),
      checkpoint: range.checkpoint,
      failure,
    });
  }
}

/** A commit may name a stream once: a run ends before an event whose stream has another one's event behind its own. */
function runsOf(deliveries: readonly Delivery[]): readonly (readonly Delivery[])[] {
  const runs: Delivery[][] = [];
  let streams = new Set<string>();
  let last: string | undefined;
  for (const delivery of deliveries) {
    const { stream } = delivery;
    const run = runs.at(-1);
    if (run === undefined || (stream !== last && streams.has(stream))) {
      runs.push([delivery]);
      streams = new Set([stream]);
    } else {
      run.push(delivery);
      streams.add(stream);
    }
    last = stream;
  }
  return runs;
}

function appendsOf(run: readonly Delivery[]): readonly StreamAppend[] {
  const appends: { stream: string; expected: "any"; events: NewEvent[] }[] = [];
  for (const { stream, event } of run) {
    const last = appends.at(-1);
    if (last?.stream === stream) last.events.push(event);
    else appends.push({ stream, expected: "any", events: [event] });
  }
  return appends;
}

function idsOf({ events }: StreamAppend): readonly string[] {
  return events.map(({ id }) => id);
}

/** Holds as long as no event of the log was delivered under this id. */
function notThere({ event }: Delivery): Condition {
  return { queries: [{ tags: [deliveryTag(event.id)] }], after: 0 };
}

/** Whoever reads of a producer that was restored is told what to do. */
function explained(error: unknown, { contract }: UsedContract): unknown {
  if (!(error instanceof MillraceError) || error.code !== "log-diverged") return error;
  return new MillraceError(
    "log-diverged",
    `The log of ${contract.name} is not the one that was followed: it was restored to an earlier day, or replaced. Compare what both sides hold, then go on from its beginning, where what is known is passed over: millrace processors rebuild ${subscriptionName(contract)}`,
    { cause: error, data: error.data },
  );
}
