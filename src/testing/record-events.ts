import { eventOptionsOf } from "../domain/event-definition.ts";
import type { EventSource, EventSourceDefinition } from "../domain/event-source.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import type { RecordedEvent } from "../message/event.ts";
import { streamName } from "../message/stream.ts";

/** An event of a source as a test writes it: on the input side of its schema. */
export type EventToRecord<S> =
  S extends EventSource<infer T>
    ? {
        [K in keyof T["events"]]: { readonly type: K & string; readonly data: T["events"][K]["input"] };
      }[keyof T["events"]]
    : never;

/** Events as a store would give them back, after JSON, with positions and versions from where the last ones ended. */
export function recordEvents(
  definition: EventSourceDefinition,
  aggregateId: string,
  events: readonly { readonly type: string; readonly data: unknown }[],
  from: { readonly version: number; readonly position: number; readonly recordedAt: number },
): readonly RecordedEvent[] {
  return events.map(({ type, data }, index) => {
    const schema = definition.events[type];
    if (schema === undefined) {
      throw new MillraceError(
        "declaration-invalid",
        `${definition.name} declares no event ${JSON.stringify(type)}; expected one of ${Object.keys(definition.events).join(", ")}.`,
      );
    }
    return {
      id: `${aggregateId}.${from.position + index}`,
      type,
      data: JSON.parse(JSON.stringify(data)) as unknown,
      stream: streamName(definition.name, aggregateId),
      category: definition.name,
      aggregateId,
      version: from.version + index + 1,
      position: from.position + index + 1,
      recordedAt: from.recordedAt,
      schemaVersion: eventOptionsOf(schema).version ?? 1,
      metadata: { correlationId: "test", depth: 0 },
      tags: [],
    };
  });
}
