import type { EventSourceDefinition } from "./event-source.ts";
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
  readonly decide: Readonly<Record<string, (command: never, state: never, events: never) => unknown>>;
  readonly evolve: Readonly<Record<string, (state: never, event: never) => unknown>>;
  readonly when: Readonly<Record<string, ((state: never) => boolean) | undefined>>;
  readonly unique: Readonly<Record<string, string>>;
  readonly acceptsEvents: AcceptedEvents | undefined;
  readonly snapshotEvery: number;
}

/** Maps an event-shaped request to the command that leads there: see `AggregateDeclaration.acceptsEvents`. */
export interface AcceptedEvents {
  readonly schema: Schema;
  readonly toCommand: (body: never, state: never) => unknown;
}
