import type { EventSourceDefinition } from "./event-source.ts";
import type { ReferenceDefinition } from "./reference.ts";
import type { Schema } from "./schema.ts";

/** What the runtime sees of an aggregate. */
export interface AggregateDefinition extends EventSourceDefinition {
  readonly collection: string;
  readonly state: Schema;
  readonly stateVersion: number;
  readonly initialState: { readonly status: string };
  readonly commands: Readonly<Record<string, Schema>>;
  readonly creates: string | undefined;
  readonly begins: string | undefined;
  readonly decide: Readonly<
    Record<string, (command: never, state: never, events: never, facts: never) => unknown>
  >;
  readonly evolve: Readonly<Record<string, (state: never, event: never) => unknown>>;
  readonly when: Readonly<Record<string, ((state: never) => boolean) | undefined>>;
  readonly unique: Readonly<Record<string, string>>;
  /** By the fields of the state that hold the ids. */
  readonly references: Readonly<Record<string, ReferenceDefinition>>;
  readonly refersWhile: ((state: never) => boolean) | undefined;
  /** What of the log a decision goes by beside the state, and what must not have been added to it when it is appended. */
  readonly gathers: ((aggregateId: string) => GatheredTags) | undefined;
  readonly acceptsEvents: AcceptedEvents | undefined;
  readonly snapshotEvery: number;
}

/** Labels of events. */
export interface GatheredTags {
  /** On the events that a decision sees. */
  readonly tag: string;
  /** On those of them that would change it. */
  readonly unless: string;
}

/** Maps an event-shaped request to the command that leads there: see `AggregateDeclaration.acceptsEvents`. */
export interface AcceptedEvents {
  readonly schema: Schema;
  readonly toCommand: (body: never, state: never) => unknown;
}
