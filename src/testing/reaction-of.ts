import type { AggregateDefinition } from "../domain/aggregate-definition.ts";
import type { EventSource, EventSourceDefinition } from "../domain/event-source.ts";
import { type AnyState, fold, readEvent } from "../domain/fold.ts";
import type { Policy } from "../domain/policy.ts";
import type { ReadRows } from "../domain/rows-asked.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import type { CommandCall, CommandResult } from "../message/command.ts";
import type { RecordedEvent } from "../message/event.ts";
import { type EventToRecord, recordEvents } from "./record-events.ts";

/** What a policy meets outside itself. */
export interface PolicySurroundings<S = EventSource> {
  /** What the stream holds before the event; default: nothing. */
  readonly after?: readonly EventToRecord<S>[];
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
  { answer = accept, rows = async () => [], after = [] }: PolicySurroundings<S> = {},
): Promise<readonly CommandCall[]> {
  const { definition } = source;
  const recorded = recordEvents(definition, aggregateId, [...after, event], {
    version: 0,
    position: 0,
    recordedAt: 0,
  });
  if (!policy.definition.from.includes(definition)) return [];
  const history = recorded.map((each) => readEvent(definition, each));
  const sent: CommandCall[] = [];
  const reaction = await policy.definition.on[event.type]?.(history.at(-1) as RecordedEvent, {
    idempotencyKey: "test",
    signal: new AbortController().signal,
    send: async (call) => {
      sent.push(call);
      return answer(call);
    },
    rows,
    state: async () => stateAfter(definition, recorded),
    history: async () => history,
  });
  return [...sent, ...(reaction === undefined ? [] : [reaction].flat())] as readonly CommandCall[];
}

function stateAfter(definition: EventSourceDefinition, recorded: readonly RecordedEvent[]): AnyState {
  if ("evolve" in definition) {
    const aggregate = definition as AggregateDefinition;
    return fold(aggregate, aggregate.initialState, recorded);
  }
  throw new MillraceError(
    "aggregate-not-found",
    `The state of ${definition.name} is that of another service; expected an aggregate.`,
  );
}

function accept({ aggregateId }: CommandCall): CommandResult {
  return { status: "accepted", aggregateId, version: 1 };
}
