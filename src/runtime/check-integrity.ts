import { eventOptionsOf } from "../domain/event-definition.ts";
import { readEvent } from "../domain/fold.ts";
import { type ReferenceDefinition, unfitFor } from "../domain/reference.ts";
import { referenceKey, referrersIn } from "../domain/referenced.ts";
import type { Schema } from "../domain/schema.ts";
import type { ServiceDefinition } from "../domain/service.ts";
import type { RecordedEvent } from "../message/event.ts";
import { canonicalJson } from "../message/json.ts";
import type { Connections } from "../ports/connection.ts";
import type { EventStore } from "../ports/event-store.ts";
import type { IntegrityFinding, IntegrityReport } from "./runtime.ts";
import { connectionTo } from "./send-command.ts";

const pageSize = 1000;

/** What a log says of references: the events that bear on each, and what was told of those referred to, each by its key. */
interface Side {
  readonly bearing: ReadonlyMap<string, readonly RecordedEvent[]>;
  readonly told: ReadonlyMap<string, unknown>;
}

/**
 * Compares what the aggregates of a service refer to, and what is known here of those, with what their owners publish: see
 * `Operations.checkIntegrity`. Reads the log of this service first, so that what is found in it is there in what the owners say.
 */
export async function checkIntegrity(
  service: ServiceDefinition,
  events: EventStore,
  connections: Connections,
): Promise<IntegrityReport> {
  const references = distinct(service.aggregates.flatMap((aggregate) => Object.values(aggregate.references)));
  const here = await readHere(events, references);
  const owners = new Map<string, unknown>();
  for (const reference of references) await readOwner(connections, reference, owners);
  const findings: IntegrityFinding[] = [];
  let compared = 0;
  for (const [key, bearing] of here.bearing) {
    const reference = references.find((one) => key.startsWith(`${one.contract.name}/`));
    for (const referrer of reference === undefined ? [] : referrersIn(key, bearing)) {
      compared++;
      const id = key.slice(key.indexOf("/") + 1);
      const detail = !owners.has(key)
        ? "its owner does not have it"
        : unfitFor(id, reference as ReferenceDefinition, owners.get(key))?.code === "reference-retired"
          ? "its owner has retired it"
          : undefined;
      if (detail !== undefined) findings.push({ kind: "dangling", reference: key, referrer, detail });
    }
  }
  for (const [key, data] of here.told) {
    compared++;
    if (!owners.has(key)) {
      findings.push({
        kind: "orphan",
        reference: key,
        detail: "it is known here, and its owner does not have it",
      });
    } else if (canonicalJson(owners.get(key)) !== canonicalJson(data)) {
      findings.push({
        kind: "outdated",
        reference: key,
        detail: `here it is ${JSON.stringify(data)}; its owner says ${JSON.stringify(owners.get(key))}`,
      });
    }
  }
  return { compared, findings };
}

/** Two that go by the same events say the same of what they refer to. */
function distinct(references: readonly ReferenceDefinition[]): readonly ReferenceDefinition[] {
  const byEvent = new Map(references.map((one) => [`${one.contract.name} ${one.by}`, one]));
  return [...byEvent.values()];
}

async function readHere(events: EventStore, references: readonly ReferenceDefinition[]): Promise<Side> {
  const bearing = new Map<string, RecordedEvent[]>();
  const told = new Map<string, unknown>();
  for (let after = 0; ; ) {
    const page = await events.readLog({ after, limit: pageSize });
    for (const event of page.events) {
      for (const key of event.tags.flatMap(keyIn)) {
        const earlier = bearing.get(key);
        if (earlier === undefined) bearing.set(key, [event]);
        else earlier.push(event);
      }
      const reference = references.find(
        ({ contract, by }) => contract.definition.name === event.category && by === event.type,
      );
      if (reference !== undefined) {
        const key = referenceKey({ id: event.aggregateId, reference });
        told.set(key, readEvent(reference.contract.definition, event).data);
      }
    }
    if (page.through.position === after) return { bearing, told };
    after = page.through.position;
  }
}

function keyIn(tag: string): readonly string[] {
  return tag.startsWith("reference:") ? [tag.slice("reference:".length)] : [];
}

/** What an owner has published of each, from the beginning, in the version that is known here or the next older one. */
async function readOwner(
  connections: Connections,
  reference: ReferenceDefinition,
  told: Map<string, unknown>,
): Promise<void> {
  const { contract, by } = reference;
  const { feed } = connectionTo(connections, contract.name);
  const { version = 1 } = eventOptionsOf(contract.definition.events[by] as Schema);
  // The newest version of an event comes first, and all have its id.
  let taken: string | undefined;
  for (let after: string | undefined; ; ) {
    const page = await feed.read({
      ...(after === undefined ? {} : { after }),
      types: [by],
      limit: pageSize,
      waitMs: 0,
    });
    for (const { id, subject, data, dataversion } of page.events) {
      if (id === taken || dataversion > version) continue;
      taken = id;
      told.set(referenceKey({ id: subject, reference }), data);
    }
    if (!page.more) return;
    after = page.next;
  }
}
