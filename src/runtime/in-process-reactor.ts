import type { EventSourceDefinition } from "../domain/event-source.ts";
import { readEvent } from "../domain/fold.ts";
import type { PolicyDefinition } from "../domain/policy.ts";
import type { CommandCall } from "../message/command.ts";
import type { RecordedEvent } from "../message/event.ts";
import { derivedId } from "../message/id.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import { IssuedCommands } from "./issued-commands.ts";
import type { PastStates } from "./past-states.ts";
import type { Reacted, Reactor } from "./reactor.ts";
import type { RowsFor } from "./rows-for-policy.ts";
import type { SendCommand } from "./send-command.ts";

/** What policies are given, wherever they run. */
export interface ReactorParts {
  readonly policy: PolicyDefinition;
  readonly service: string;
  readonly telemetry: Telemetry;
  readonly send: SendCommand;
  readonly rows: RowsFor;
  readonly past: PastStates;
}

/** Reactions in this process. */
export class InProcessReactor implements Reactor {
  readonly batchSize = 1;
  readonly concurrency = Number.POSITIVE_INFINITY;
  readonly #parts: ReactorParts;

  constructor(parts: ReactorParts) {
    this.#parts = parts;
  }

  async react([event]: readonly RecordedEvent[], signal: AbortSignal): Promise<Reacted> {
    if (event === undefined) return { handled: 0 };
    try {
      await this.#reactTo(event, signal);
      return { handled: 1 };
    } catch (error) {
      return { handled: 0, error };
    }
  }

  async #reactTo(recorded: RecordedEvent, signal: AbortSignal): Promise<void> {
    const { policy, service, telemetry, send, rows, past } = this.#parts;
    const source = policy.from.find(({ name }) => name === recorded.category) as EventSourceDefinition;
    const event = readEvent(source, recorded);
    const issued = new IssuedCommands({ service, policy: policy.name }, event, send, telemetry);
    const reaction = await policy.on[event.type]?.(event, {
      idempotencyKey: reactionKey(policy, event),
      signal,
      send: (call) => issued.send(call),
      rows: rows(event),
      state: () => past.stateAt(event),
      history: async () => (await past.historyUpTo(event)).map((earlier) => readEvent(source, earlier)),
    });
    if (signal.aborted) return;
    for (const call of callsOf(reaction)) await issued.sendOnce(call);
  }
}

/** See `PolicyContext.idempotencyKey`. */
export function reactionKey({ name }: PolicyDefinition, event: RecordedEvent): string {
  return derivedId("policy", name, event.id);
}

/** What a reaction comes to, as a list. */
export function callsOf(reaction: CommandCall | readonly CommandCall[] | undefined): readonly CommandCall[] {
  if (reaction === undefined) return [];
  return Array.isArray(reaction) ? (reaction as readonly CommandCall[]) : [reaction as CommandCall];
}
