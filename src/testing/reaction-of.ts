import type { EventSource } from "../domain/event-source.ts";
import { readEvent } from "../domain/fold.ts";
import type { Policy } from "../domain/policy.ts";
import type { ReadRows } from "../domain/rows-asked.ts";
import type { CommandCall, CommandResult } from "../message/command.ts";
import { type EventToRecord, recordEvents } from "./record-events.ts";

/** What a policy meets outside itself. */
export interface PolicySurroundings {
  /** What becomes of what it sends at once; default: it is accepted. */
  readonly answer?: (call: CommandCall) => CommandResult;
  /** The rows of views; default: none. */
  readonly rows?: ReadRows;
}

/**
 * The commands that a policy answers an event with, those that it sends at once first; none where it does not handle the event.
 */
export async function reactionOf<S extends EventSource>(
  policy: Policy,
  source: S,
  aggregateId: string,
  event: EventToRecord<S>,
  { answer = accept, rows = async () => [] }: PolicySurroundings = {},
): Promise<readonly CommandCall[]> {
  const { definition } = source;
  const [recorded] = recordEvents(definition, aggregateId, [event], {
    version: 0,
    position: 0,
    recordedAt: 0,
  });
  if (recorded === undefined || !policy.definition.from.includes(definition)) return [];
  const sent: CommandCall[] = [];
  const reaction = await policy.definition.on[event.type]?.(readEvent(definition, recorded), {
    idempotencyKey: "test",
    signal: new AbortController().signal,
    send: async (call) => {
      sent.push(call);
      return answer(call);
    },
    rows,
  });
  return [...sent, ...(reaction === undefined ? [] : [reaction].flat())] as readonly CommandCall[];
}

function accept({ aggregateId }: CommandCall): CommandResult {
  return { status: "accepted", aggregateId, version: 1 };
}
