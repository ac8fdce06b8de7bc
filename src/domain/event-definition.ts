import type { Schema, Sides } from "./schema.ts";

/** What an aggregate declares of an event beside its schema. */
export interface EventOptions<Input> {
  /** Of the schema; default 1. Raise it when old data no longer fits, and add an upcaster from the old version. */
  readonly version?: number;
  /**
   * From each older version to the next: `{ 1: (data) => dataOfVersion2 }`. Applied wherever events are read; the last
   * one's result must fit the schema. Pure.
   */
  readonly upcast?: Readonly<Record<number, (data: never) => unknown>>;
  /** Labels `key:value` for conditions, from the data as written. Pure. */
  readonly tags?: (data: Input) => readonly string[];
}

/** A schema that also carries the options of an event. */
export interface EventDefinition<S extends Sides = Sides> extends Schema<S> {
  readonly eventOptions: EventOptions<S["input"]>;
}

/** Declares an event that has more to it than a schema: a version with upcasters, or tags. */
export function event<S extends Sides>(
  schema: { readonly "~standard": { readonly types?: S | undefined } & Schema["~standard"] },
  options: EventOptions<NoInfer<S>["input"]>,
): EventDefinition<S> {
  return { "~standard": schema["~standard"] as Schema<S>["~standard"], eventOptions: options };
}

/** The options of an event that was declared with `event`, or none. */
export function eventOptionsOf(schema: Schema): EventOptions<unknown> {
  return (schema as Partial<EventDefinition>).eventOptions ?? {};
}
