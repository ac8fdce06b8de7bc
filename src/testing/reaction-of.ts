import type { AnyAggregate } from "../domain/aggregate.ts";
import { readEvent } from "../domain/fold.ts";
import type { Policy } from "../domain/policy.ts";
import type { CommandCall } from "../message/command.ts";
import { type EventToRecord, recordEvents } from "./record-events.ts";

/** The commands that a policy answers an event with; none where it does not handle the event. */
export async function reactionOf<A extends AnyAggregate>(
  policy: Policy,
  aggregate: A,
  aggregateId: string,
  event: EventToRecord<A>,
): Promise<readonly CommandCall[]> {
  const { definition } = aggregate;
  const [recorded] = recordEvents(definition, aggregateId, [event], {
    version: 0,
    position: 0,
    recordedAt: 0,
  });
  if (recorded === undefined || !policy.definition.from.includes(definition)) return [];
  const context = { idempotencyKey: "test", signal: new AbortController().signal };
  const reaction = await policy.definition.on[event.type]?.(readEvent(definition, recorded), context);
  if (reaction === undefined) return [];
  return Array.isArray(reaction) ? (reaction as readonly CommandCall[]) : [reaction as CommandCall];
}
