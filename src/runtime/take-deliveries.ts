import { eventOptionsOf } from "../domain/event-definition.ts";
import { aboutTag } from "../domain/referenced.ts";
import { parse, type Schema } from "../domain/schema.ts";
import type { UsedContract } from "../domain/service.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import type { CloudEvent } from "../message/cloud-event.ts";
import type { NewEvent } from "../message/event.ts";
import { isAggregateId, streamName } from "../message/stream.ts";

/** An integration event as it is appended to the log of who follows its feed. */
export interface Delivery {
  readonly stream: string;
  readonly event: NewEvent;
}

export interface TakeOptions {
  /** Whether all that was published before the subscription began is in the log. */
  readonly live: boolean;
  /** Whether aggregates of this service refer to those of the other one, so that what is known of each must be found. */
  readonly isReferredTo: boolean;
}

/** Marks what was published before this service subscribed: a reaction that starts at the head does not react to it (G9). */
export const historyTag = "delivered:history";

/** An id longer than this is none of ours, and would not fit an index. */
const maxIdLength = 400;

/**
 * What to append of a page of a feed: what the contract names, each once. Throws `feed-unreadable` for an event that this service
 * must not pass over and cannot take.
 */
export function takeDeliveries(
  used: UsedContract,
  events: readonly CloudEvent[],
  { live, isReferredTo }: TakeOptions,
): readonly Delivery[] {
  const taken = new Map<string, Delivery>();
  const tooNew = new Map<string, CloudEvent>();
  for (const event of events) {
    if (event.source !== used.contract.name) throw unreadable(event, `its source is ${event.source}`);
    if (taken.has(event.id)) continue;
    const reading = readingOf(used, event);
    if (reading === "newer") tooNew.set(event.id, event);
    else if (reading === "take") taken.set(event.id, deliveryOf(used, event, { live, isReferredTo }));
  }
  // The version that is known is published beside the newer one, under the same id.
  const missed = [...tooNew.values()].find(({ id }) => !taken.has(id));
  if (missed !== undefined && used.newerVersions === "stop") {
    throw unreadable(
      missed,
      "it is newer than the contract, and the version that the contract names is not published beside it",
    );
  }
  return [...taken.values()];
}

function readingOf({ contract, unknownTypes }: UsedContract, event: CloudEvent): "take" | "newer" | "skip" {
  const { events } = contract.definition;
  const schema = Object.hasOwn(events, event.type) ? events[event.type] : undefined;
  if (schema === undefined) {
    if (unknownTypes === "skip") return "skip";
    throw unreadable(event, "the contract does not name its type");
  }
  const { version = 1, upcast = {} } = eventOptionsOf(schema);
  if (event.dataversion > version) return "newer";
  if (event.dataversion < version) {
    if (upcast[event.dataversion] !== undefined) return "take";
    throw unreadable(
      event,
      `it is older than version ${version} of the contract, which has no upcaster for it`,
    );
  }
  requireFit(schema, event);
  return "take";
}

function requireFit(schema: Schema, event: CloudEvent): void {
  const { issues } = parse(schema, event.data);
  if (issues === undefined) return;
  throw unreadable(
    event,
    `its data do not fit the contract: ${issues.map((issue) => `${issue.pointer || "/"} ${issue.message}`).join("; ")}`,
  );
}

function deliveryOf(
  { contract }: UsedContract,
  event: CloudEvent,
  { live, isReferredTo }: TakeOptions,
): Delivery {
  const { id, source, type, subject, data, dataversion } = event;
  if (!isAggregateId(subject)) throw unreadable(event, `its subject is ${JSON.stringify(subject)}`);
  if (id.length === 0 || id.length > maxIdLength)
    throw unreadable(event, `its id has ${id.length} characters`);
  const key = `${source}/${id}`;
  return {
    stream: streamName(contract.definition.name, subject),
    event: {
      id: key,
      type,
      data,
      schemaVersion: dataversion,
      metadata: {
        correlationId: event.correlationid,
        causationId: event.causationid,
        depth: event.causationdepth,
        ...(event.traceparent === undefined ? {} : { traceparent: event.traceparent }),
      },
      tags: [
        deliveryTag(key),
        ...(live ? [] : [historyTag]),
        ...(isReferredTo ? [aboutTag(`${contract.name}/${subject}`)] : []),
      ],
    },
  };
}

/** The label by which the log knows that an integration event was delivered. */
export function deliveryTag(key: string): string {
  return `delivery:${key}`;
}

function unreadable({ id, type, dataversion, source }: CloudEvent, why: string): MillraceError {
  return new MillraceError(
    "feed-unreadable",
    `Integration event ${type} of version ${dataversion} (${id}) in the feed of ${source} cannot be taken: ${why}.`,
    { data: { id, type, version: dataversion, source } },
  );
}
