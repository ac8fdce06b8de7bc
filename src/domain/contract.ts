import type { CommandCall } from "../message/command.ts";
import { requireContract, requireUpcasters } from "./contract-checks.ts";
import type { EventSource, EventSourceDefinition } from "./event-source.ts";
import type { JsonSchema, Sides } from "./schema.ts";
import { jsonSchema } from "./validate-json.ts";

/** The types of a contract: the data of each integration event, of each command by aggregate, and of each view's rows. */
export interface ContractTypes {
  readonly service: string;
  readonly events: Readonly<Record<string, unknown>>;
  readonly commands: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly views: Readonly<Record<string, unknown>>;
}

/** A contract of whatever types. */
export interface AnyContract {
  readonly kind: "contract";
  /** The name of the service. */
  readonly name: string;
  readonly document: ContractDocument;
  readonly definition: EventSourceDefinition;
}

/** A service's published language: what others import of it, in place of its code. Its integration events can be read like events. */
export interface Contract<T extends ContractTypes> extends AnyContract, EventSource<SourceOf<T>> {
  readonly name: T["service"];
  /** Makes calls of its commands: `accounts.commands.account.SuspendAccount(id, { reason })`. */
  readonly commands: {
    readonly [A in keyof T["commands"]]: {
      readonly [C in keyof T["commands"][A]]: (
        aggregateId: string,
        data: T["commands"][A][C],
      ) => CommandCall<C & string, T["commands"][A][C]>;
    };
  };
}

/** The types of a contract, to read it again with options: `readContract<TypesOf<typeof accounts>>(accounts.document, …)`. */
export type TypesOf<C> = C extends Contract<infer T> ? T : never;

/** Foreign events stand in streams of a category of their own, which no aggregate can have. */
type SourceOf<T extends ContractTypes> = {
  readonly name: `@${WithoutDashes<T["service"]>}`;
  readonly events: { readonly [K in keyof T["events"]]: Sides<T["events"][K], T["events"][K]> };
};

type WithoutDashes<Name extends string> = Name extends `${infer First}-${infer Rest}`
  ? `${First}_${WithoutDashes<Rest>}`
  : Name;

/** A contract as JSON, for whatever language: `millrace contracts write`. Schemas are JSON Schema, draft 2020-12. */
export interface ContractDocument {
  /** The version of this format. */
  readonly millraceContract: 1;
  readonly service: string;
  readonly events: Readonly<Record<string, { readonly version: number; readonly schema: JsonSchema }>>;
  readonly aggregates: Readonly<
    Record<string, { readonly collection: string; readonly commands: Readonly<Record<string, JsonSchema>> }>
  >;
  readonly views: Readonly<Record<string, { readonly version: number; readonly schema: JsonSchema }>>;
}

/** What a contract is read with beside its document. */
export interface ContractOptions<T extends ContractTypes = ContractTypes> {
  /**
   * For integration events that were taken under an older contract and stay in the log: from an older version to the
   * next, without a gap up to the contract's. `{ AccountActivated: { 1: (data) => dataOfVersion2 } }`. Pure.
   */
  readonly upcast?: { readonly [K in keyof T["events"]]?: Upcasters };
}

/** From each older version of an event's data to the next. */
type Upcasters = Readonly<Record<number, (data: never) => unknown>>;

/**
 * A contract that was written down. Throws `declaration-invalid` for what is none, and for upcasters that lead nowhere.
 */
export function readContract<T extends ContractTypes>(
  document: ContractDocument,
  options: ContractOptions<NoInfer<T>> = {},
): Contract<T> {
  requireContract(document);
  const upcasters = Object.entries(options.upcast ?? {}) as [string, Upcasters][];
  for (const [type, upcast] of upcasters) {
    const event = Object.hasOwn(document.events, type) ? document.events[type] : undefined;
    requireUpcasters(document.service, type, event?.version, Object.keys(upcast));
  }
  const commands = Object.fromEntries(
    Object.entries(document.aggregates).map(([aggregate, described]) => [
      aggregate,
      Object.fromEntries(
        Object.keys(described.commands).map((type) => [
          type,
          (aggregateId: string, data: unknown): CommandCall => ({
            service: document.service,
            aggregate,
            aggregateId,
            type,
            data,
          }),
        ]),
      ),
    ]),
  );
  return {
    kind: "contract",
    name: document.service,
    document,
    commands,
    definition: sourceOf(document, new Map(upcasters)),
  } as unknown as Contract<T>;
}

function sourceOf(
  { service, events }: ContractDocument,
  upcasters: ReadonlyMap<string, Upcasters>,
): EventSourceDefinition {
  return {
    name: foreignCategory(service),
    events: Object.fromEntries(
      Object.entries(events).map(([type, { version, schema }]) => [
        type,
        { ...jsonSchema(schema), eventOptions: { version, upcast: upcasters.get(type) ?? {} } },
      ]),
    ),
  };
}

/** The category of the streams that hold another service's events: a category holds no dash. */
function foreignCategory(service: string): string {
  return `@${service.replaceAll("-", "_")}`;
}
