import type { DomainEvent } from "../message/event.ts";
import type { EventQuery } from "../message/event-query.ts";

/** The domain's "no": a result, not an exception. Callers may rely on its `code`; `detail` is for people. */
export interface Refusal {
  readonly refused: true;
  readonly code: string;
  readonly detail: string;
}

/** Refuses a command. The code is kebab-case and stable; over HTTP it becomes a 409 with that code. */
export function refuse(code: string, detail: string): Refusal {
  return { refused: true, code, detail };
}

/** Events that hold only if nothing in the log stands against them: see `unless`. */
export interface ConditionalEvents<Event extends DomainEvent = DomainEvent> {
  readonly events: readonly Event[];
  readonly unless: readonly Objection[];
}

/** What would stand against a decision, and the refusal that it turns into. */
export interface Objection {
  readonly query: EventQuery;
  readonly refusal: Refusal;
  /** Only events after this position count; default 0, all of them. */
  readonly after?: number;
}

/**
 * Decides on `events` unless the log holds an event that `query` means, over all aggregates of the service: then the
 * command is refused with `refusal`. Checked in the same instant as the append.
 */
export function unless<const Event extends DomainEvent>(
  query: EventQuery & { readonly after?: number },
  refusal: Refusal,
  events: readonly Event[] | ConditionalEvents<Event>,
): ConditionalEvents<Event> {
  const { after, ...rest } = query;
  const objection: Objection = { query: rest, refusal, ...(after === undefined ? {} : { after }) };
  return "unless" in events
    ? { events: events.events, unless: [objection, ...events.unless] }
    : { events, unless: [objection] };
}

/** What a decision may go by beside the command and the state. */
export interface DecisionFacts {
  /** The services that were configured to hold references to aggregates of this one: who retires one asks them first. */
  readonly referrers: readonly string[];
}

/** What `decide` answers. */
export type Decision<Event extends DomainEvent = DomainEvent> =
  | readonly Event[]
  | ConditionalEvents<Event>
  | Refusal;

export function isRefusal(decision: Decision): decision is Refusal {
  return "refused" in decision;
}
