import type { RecordedEvent } from "../message/event.ts";
import type { Schema, SidesByName } from "./schema.ts";

/** The types of what events come from: the category of its streams, and the two sides of each event's schema by name. */
export interface SourceTypes {
  readonly name: string;
  readonly events: SidesByName;
}

/** What views, policies and projections read: an aggregate of the service, or the contract of another service. */
export interface EventSource<T extends SourceTypes = SourceTypes> {
  readonly definition: EventSourceDefinition;
  /** Carries the types; absent at run time. */
  readonly types: T;
}

/** What the runtime sees of an event source. */
export interface EventSourceDefinition {
  /** The category of its streams. */
  readonly name: string;
  readonly events: Readonly<Record<string, Schema>>;
}

/** The sources of one reader: at least one. */
export type EventSources = readonly [EventSource, ...EventSource[]];

/** The recorded events of a source, as handlers see them: a union discriminated on `type`. */
export type EventOf<S> =
  S extends EventSource<infer T>
    ? {
        [K in keyof T["events"]]: RecordedEvent<K & string, T["events"][K]["output"]> & {
          readonly category: T["name"];
        };
      }[keyof T["events"]]
    : never;

/** Of several sources those that have events of a type. */
export type SourceWith<S, Type> =
  S extends EventSource<infer T> ? (Type extends keyof T["events"] ? S : never) : never;
