import QuickLRU from "quick-lru";
import { type Refusal, refuse } from "../domain/decision.ts";
import { readEvent } from "../domain/fold.ts";
import { unfitFor } from "../domain/reference.ts";
import { markId, marksName } from "../domain/reference-marks.ts";
import { aboutTag, type Referenced, referenceKey } from "../domain/referenced.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import type { RecordedEvent } from "../message/event.ts";
import type { Condition } from "../message/event-query.ts";
import { streamName } from "../message/stream.ts";
import type { Clock } from "../ports/clock.ts";
import type { Connections } from "../ports/connection.ts";
import type { EventStore } from "../ports/event-store.ts";
import { FeedLookout } from "./feed-lookout.ts";

/** Referenced ones kept in memory; up to twice as many. */
const cached = 5000;

/** Events of a stream looked at in one go for what was told last. */
const pageSize = 100;

/** What is known here of one referenced aggregate of another service. */
interface Known {
  /** Whether anything was told of it. */
  readonly isThere: boolean;
  /** The data of the integration event that the reference goes by. */
  readonly data: unknown;
  readonly isRetiring: boolean;
  /** Up to where the log was looked at. */
  readonly position: number;
}

/**
 * What is known here of the aggregates of other services that those of this one refer to: made of the integration events in the log, and of
 * what their owners are retiring. What it says holds at the append, which is conditioned on nothing new being known.
 */
export class ReferenceIndex {
  readonly #service: string;
  readonly #events: EventStore;
  readonly #clock: Clock;
  readonly #connections: Connections;
  readonly #known = new QuickLRU<string, Known>({ maxSize: cached });
  readonly #lookouts = new Map<string, FeedLookout>();

  constructor(parts: { service: string; events: EventStore; clock: Clock; connections: Connections }) {
    this.#service = parts.service;
    this.#events = parts.events;
    this.#clock = parts.clock;
    this.#connections = parts.connections;
  }

  /**
   * The conditions under which fields may name these anew, or the refusal if they may not. Nobody is refused on old news: the other
   * service is asked first whether there is anything to wait for. Rejects with `reference-not-yet-known`, and with `reference-unconfirmed`
   * where what is known is older than the reference trusts.
   */
  async check(named: readonly Referenced[], fresh: boolean): Promise<readonly Condition[] | Refusal> {
    const conditions: Condition[] = [];
    for (const referenced of named) {
      const known = await this.#checkOne(referenced, fresh);
      if ("refused" in known) return known;
      conditions.push({ queries: [{ tags: [aboutTag(referenceKey(referenced))] }], after: known.position });
    }
    return conditions;
  }

  async #checkOne(referenced: Referenced, fresh: boolean): Promise<Known | Refusal> {
    const { reference } = referenced;
    const lookout = this.#lookoutFor(referenced);
    const until = this.#clock.elapsed() + reference.waitMs;
    let known = await this.#load(referenced, fresh);
    for (let confirmed = false; ; ) {
      const objection = objectionTo(referenced, known);
      const isTrusted = reference.trustMs === undefined || lookout.confirmedWithin(reference.trustMs);
      if (confirmed || (objection === undefined && isTrusted)) {
        return objection ?? known;
      }
      const { position } = await this.#events.head();
      const seen = await lookout.look();
      confirmed = seen === "nothing-new";
      const goesOn =
        confirmed || (seen === "news" && (await lookout.waitBeyond(position, until - this.#clock.elapsed())));
      if (!goesOn && !isTrusted) throw unconfirmed(referenced);
      if (!goesOn && !known.isThere) throw notYetKnown(referenced);
      if (!goesOn) return objection ?? known;
      known = await this.#load(referenced, true);
    }
  }

  #lookoutFor({ reference: { contract } }: Referenced): FeedLookout {
    let lookout = this.#lookouts.get(contract.name);
    if (lookout === undefined) {
      const connections = this.#connections;
      const source = Object.hasOwn(connections, contract.name) ? connections[contract.name]?.feed : undefined;
      lookout = new FeedLookout({ contract, source, events: this.#events, clock: this.#clock });
      this.#lookouts.set(contract.name, lookout);
    }
    return lookout;
  }

  async #load(referenced: Referenced, fresh: boolean): Promise<Known> {
    // Two references to one aggregate may go by different events.
    const key = `${referenceKey(referenced)} ${referenced.reference.by}`;
    const before = fresh ? undefined : this.#known.get(key);
    if (before !== undefined) return before;
    const { id, reference } = referenced;
    const { name, definition } = reference.contract;
    // Before both streams are read: what comes in between is beyond it, whichever of them it is seen in.
    const { position } = await this.#events.head();
    const marks = streamName(marksName(this.#service), markId(name, id));
    const [mark] = await this.#events.readStream(marks, { direction: "backward", limit: 1 });
    const told = await this.#told(streamName(definition.name, id), reference.by);
    const known: Known = {
      isThere: told !== undefined,
      data: told === undefined ? undefined : readEvent(definition, told).data,
      isRetiring: mark?.type === "ReferenceRetiring",
      position,
    };
    if (known.isThere) this.#known.set(key, known);
    return known;
  }

  /** The last event of a type in a stream. */
  async #told(stream: string, type: string): Promise<RecordedEvent | undefined> {
    let from: number | undefined;
    for (;;) {
      const page = await this.#events.readStream(stream, {
        direction: "backward",
        limit: pageSize,
        ...(from === undefined ? {} : { from }),
      });
      const told = page.find((event) => event.type === type);
      const oldest = page.at(-1);
      if (told !== undefined || oldest === undefined || oldest.version === 1) return told;
      from = oldest.version - 1;
    }
  }
}

/** Why something may not be referred to, as far as is known. */
function objectionTo(
  { id, reference }: Referenced,
  { isThere, data, isRetiring }: Known,
): Refusal | undefined {
  const { name } = reference.contract;
  if (!isThere) return refuse("reference-missing", `There is no ${id} in ${name}.`);
  const unfit = unfitFor(id, reference, data);
  if (unfit?.code === "reference-retired" || !isRetiring) return unfit;
  return refuse("reference-retiring", `${id} of ${name} is being retired.`);
}

function unconfirmed({ id, reference }: Referenced): MillraceError {
  const { name } = reference.contract;
  return new MillraceError(
    "reference-unconfirmed",
    `What is known of ${id} of ${name} is older than may be trusted, and ${name} does not confirm it.`,
    { data: { service: name, id, trustMs: reference.trustMs } },
  );
}

function notYetKnown({ id, reference }: Referenced): MillraceError {
  const { name } = reference.contract;
  return new MillraceError(
    "reference-not-yet-known",
    `${id} of ${name} is not known here yet, and ${name} may have it: try again.`,
    { data: { service: name, id } },
  );
}
