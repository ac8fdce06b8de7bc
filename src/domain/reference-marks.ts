import type { Command, CommandCall } from "../message/command.ts";
import type { RecordedEvent } from "../message/event.ts";
import type { AggregateDefinition } from "./aggregate-definition.ts";
import { refuse } from "./decision.ts";
import type { EventDefinition } from "./event-definition.ts";
import { aboutTag, referenceTag, referrersIn, refersTag } from "./referenced.ts";
import { ownSchema, type Schema, shape } from "./schema.ts";

/** What an owner asks the services that refer to its aggregates: see `referenceMarks`. */
export interface ReferenceCommands {
  /** Nobody shall begin to refer to it any more: refused while somebody does. */
  readonly RetireReference: Asked;
  /** It stays, after all. */
  readonly KeepReference: Asked;
}

export interface Asked {
  /** Of the owner, by which an answer is known. */
  readonly round: number;
}

interface Mark {
  readonly status: "NONE" | "RETIRING";
}

/** How many of those that refer are named in a refusal. */
const namedReferrers = 5;

const asked = ownSchema(
  { type: "object", properties: { round: { type: "integer" } }, required: ["round"] },
  (value) =>
    Number.isInteger((value as Partial<Asked> | null)?.round)
      ? undefined
      : { message: "Expected an integer.", path: ["round"] },
);
const marked = ownSchema({ type: "object", properties: { of: { type: "string" } }, required: ["of"] });

/** No aggregate that is declared can have a name like this. */
export const marksPrefix = "~references_of_";

/** The name of the aggregate in which a service keeps what is being retired of what it refers to. */
export function marksName(service: string): string {
  return `${marksPrefix}${service.replaceAll("-", "_")}`;
}

/** Its place in URLs. */
export function marksCollection(service: string): string {
  return `references-of-${service}`;
}

/**
 * The aggregate in which a service that refers to others keeps what they are retiring: one for each, named `service:id`. Retiring is
 * accepted only if nothing refers to it, in the instant of the append; from then on nothing can begin to.
 */
export function referenceMarks(service: string): AggregateDefinition {
  const decide = {
    RetireReference: (
      { aggregateId }: Command,
      { status }: Mark,
      _events: unknown,
      { gathered }: { readonly gathered: readonly RecordedEvent[] },
    ) => {
      if (!aggregateId.includes(":")) {
        return refuse(
          "reference-misnamed",
          `What is referred to is named by its service and its id, such as "rooms:7"; found ${JSON.stringify(aggregateId)}.`,
        );
      }
      const key = keyOf(aggregateId);
      const referrers = [...referrersIn(key, gathered)];
      if (referrers.length === 0)
        return status === "RETIRING" ? [] : [{ type: "ReferenceRetiring", data: { of: key } }];
      const named = referrers.slice(0, namedReferrers).join(", ");
      const more = referrers.length > namedReferrers ? ` and ${referrers.length - namedReferrers} more` : "";
      return refuse("reference-in-use", `${key} is referred to in ${service} by ${named}${more}.`);
    },
    KeepReference: ({ aggregateId }: Command, { status }: Mark) =>
      status === "RETIRING" ? [{ type: "ReferenceKept", data: { of: keyOf(aggregateId) } }] : [],
  };
  const definition = {
    name: marksName(service),
    collection: marksCollection(service),
    state: shape(),
    stateVersion: 1,
    initialState: { status: "NONE" },
    events: { ReferenceRetiring: taggedEvent(), ReferenceKept: taggedEvent() },
    commands: { RetireReference: asked, KeepReference: asked },
    creates: undefined,
    begins: undefined,
    decide,
    evolve: {
      ReferenceRetiring: () => ({ status: "RETIRING" }),
      ReferenceKept: () => ({ status: "NONE" }),
    },
    when: {},
    unique: {},
    references: {},
    refersWhile: undefined,
    gathers: (aggregateId: string) => {
      const key = keyOf(aggregateId);
      return { tag: referenceTag(key), unless: refersTag(key) };
    },
    acceptsEvents: undefined,
    snapshotEvery: 100,
  };
  return definition as unknown as AggregateDefinition;
}

function taggedEvent(): Schema {
  const definition: EventDefinition = {
    ...(marked as Schema<{ input: unknown; output: unknown }>),
    eventOptions: { tags: (data) => [aboutTag((data as { readonly of: string }).of)] },
  };
  return definition;
}

/** A call that asks another service about an aggregate of this one: see `markId`. */
export function askReferrer<K extends keyof ReferenceCommands>(
  referrer: string,
  type: K,
  aggregateId: string,
  data: ReferenceCommands[K],
): CommandCall<K, ReferenceCommands[K]> {
  return { service: referrer, aggregate: marksName(referrer), aggregateId, type, data };
}

/** How a service that refers to an aggregate of another one names it. */
export function markId(service: string, aggregateId: string): string {
  return `${service}:${aggregateId}`;
}

/** `service:id` as labels name it; a service's name holds no colon. */
function keyOf(aggregateId: string): string {
  return aggregateId.replace(":", "/");
}
