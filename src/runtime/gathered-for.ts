import type { GatheredTags } from "../domain/aggregate-definition.ts";
import type { RecordedEvent } from "../message/event.ts";
import type { Condition } from "../message/event-query.ts";
import type { EventStore } from "../ports/event-store.ts";

const pageSize = 1000;

/** What was found in the log for a decision. */
interface Gathered {
  readonly gathered: readonly RecordedEvent[];
  /** That nothing was added since which would change the decision. */
  readonly condition?: Condition;
}

export const nothingGathered: Gathered = { gathered: [] };

/** Reads what of the log a decision goes by beside the state: see `AggregateDefinition.gathers`. */
export async function gatheredFor(events: EventStore, { tag, unless }: GatheredTags): Promise<Gathered> {
  const gathered: RecordedEvent[] = [];
  for (let after = 0; ; ) {
    const page = await events.readLog({ after, limit: pageSize, tag });
    gathered.push(...page.events);
    const { position } = page.through;
    // A page may end early; only one that leads nowhere is at the head.
    if (position === after) return { gathered, condition: { queries: [{ tags: [unless] }], after } };
    after = position;
  }
}
