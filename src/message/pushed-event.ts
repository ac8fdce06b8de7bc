import type { Command, CommandCall } from "./command.ts";
import type { DomainEvent, RecordedEvent } from "./event.ts";

/**
 * An event as it is pushed to a function: CloudEvents 1.0 in its JSON format, with the extension attribute `partitionkey`
 * (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/extensions/partitioning.md) and others of ours. It travels in batches of one
 * sequence, of which one is under way at a time.
 */
export interface PushedEvent<Data = Pushed> {
  readonly specversion: "1.0";
  /** Of the event; unique within its source. */
  readonly id: string;
  /** The name of the service whose log it is in. */
  readonly source: string;
  readonly type: string;
  /** The id of the aggregate or of the instance that it concerns. */
  readonly subject: string;
  /** ISO 8601. */
  readonly time: string;
  readonly datacontenttype: "application/json";
  /** The sequence: its events come in order. */
  readonly partitionkey: string;
  /** The id of the event before it in its sequence, of those that are pushed; absent: it is the first. */
  readonly previous?: string;
  readonly traceparent?: string;
  readonly data: Data;
}

/** What a function is given. */
export type Pushed = PushedReaction | PushedTurn;

/** An event for a policy, with what it has asked for before. */
export interface PushedReaction {
  readonly event: RecordedEvent;
  readonly answers: readonly Answer[];
}

/** What an instance of a process is told, and where the instance is. */
export interface PushedTurn {
  readonly command: Command;
  readonly instance: unknown;
}

/** What a policy needs of the service to go on. */
export type Ask =
  | { readonly kind: "state" }
  | { readonly kind: "history" }
  | { readonly kind: "rows"; readonly view: string; readonly asked: unknown }
  | { readonly kind: "send"; readonly call: CommandCall };

export interface Answer {
  readonly ask: Ask;
  /** The state, the events, the rows, or what became of the command: see `PolicyContext`. */
  readonly answer: unknown;
}

/** What a function answers of one event. Those that it says nothing of, it has not begun. */
export type PushResult = { readonly id: string } & (
  | { readonly status: "handled"; readonly commands: readonly CommandCall[] }
  | { readonly status: "decided"; readonly events: readonly DomainEvent[] }
  /** It can go on once it is pushed again with the answers. */
  | { readonly status: "asks"; readonly asks: readonly Ask[] }
  | { readonly status: "failed"; readonly error: PushError }
);

/** What a function failed with. */
export interface PushError {
  readonly code: string;
  readonly message: string;
  readonly stack?: string;
  /** Whether it is known to pass. */
  readonly retryable: boolean;
}

/** What an ask is known by when the policy runs again: what is asked, but for the data of a command, of which the first count. */
export function keyOfAsk(ask: Ask): string {
  if (ask.kind !== "send") return JSON.stringify(ask);
  const { service = "", aggregate, aggregateId, type } = ask.call;
  return JSON.stringify([ask.kind, service, aggregate, aggregateId, type]);
}
