import type { Metadata } from "./metadata.ts";

/** A request to change state, named in the imperative, as `decide` sees it: validated and complete. */
export interface Command<Type extends string = string, Data = unknown> {
  readonly type: Type;
  readonly data: Data;
  /** The same in every retry; further ids that a decision needs are derived from it with `derivedId`. */
  readonly id: string;
  readonly aggregateId: string;
  /** ISO 8601 time at which the command first arrived; the same in every retry. */
  readonly receivedAt: string;
  readonly metadata: Metadata;
}

/** A command as domain code writes it down: what to do and to which aggregate. */
export interface CommandCall<Type extends string = string, Data = unknown> {
  /** The name of the service that it goes to; absent: the one that it is issued in. */
  readonly service?: string;
  /** The name of the aggregate's declaration. */
  readonly aggregate: string;
  readonly aggregateId: string;
  readonly type: Type;
  readonly data: Data;
}

/** What became of a command: it was accepted, or the domain said no. */
export type CommandResult =
  | { readonly status: "accepted"; readonly aggregateId: string; readonly version: number }
  | { readonly status: "refused"; readonly code: string; readonly detail: string };
