import type { RecordedEvent } from "../message/event.ts";
import { requirePositiveInteger } from "./aggregate-checks.ts";
import type { EventOf, EventSourceDefinition, EventSources } from "./event-source.ts";
import { requireDeclared } from "./require-declared.ts";

/** A declared projection: what events do to tables of its own, in the transaction of the store that keeps them. */
export interface Projection {
  readonly kind: "projection";
  readonly name: string;
  readonly definition: ProjectionDefinition;
}

/** What the runtime sees of a projection. */
export interface ProjectionDefinition {
  readonly name: string;
  readonly version: number;
  readonly from: readonly EventSourceDefinition[];
  /** The kind of transaction that its functions take: see `StateStore.transactions`. */
  readonly transactions: string;
  readonly prepare: ((transaction: unknown) => Promise<unknown>) | undefined;
  readonly on: Readonly<Record<string, (transaction: unknown, event: RecordedEvent) => Promise<unknown>>>;
}

export interface ProjectionDeclaration<From extends EventSources, Transaction> {
  /** Kebab-case. */
  readonly name: string;
  /** Raise it to project all events anew, into tables that `prepare` makes for it: the old ones are yours to drop. Default 1. */
  readonly version?: number;
  /** The aggregates whose events it sees, over all their streams, in the order of the log. */
  readonly from: From;
  /** Makes the tables where they are not there; called before the first event, and again after a failure. */
  readonly prepare?: (transaction: Transaction) => Promise<unknown>;
  /**
   * Each in the transaction that also moves the checkpoint: its writes take effect exactly once (G5), and other effects
   * more often. One that rejects is tried again, and no later event goes before it.
   */
  readonly on: {
    readonly [K in EventOf<From[number]>["type"]]?: (
      transaction: Transaction,
      event: Extract<EventOf<From[number]>, { readonly type: K }>,
    ) => Promise<unknown>;
  };
}

/** Declares a projection for stores with this kind of transaction. Throws `declaration-invalid` for what the compiler cannot see. */
export function declareProjection<const From extends EventSources, Transaction>(
  transactions: string,
  declaration: ProjectionDeclaration<From, Transaction>,
): Projection {
  const { name, version = 1, prepare } = declaration;
  requireDeclared(
    /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name),
    `A projection's name is kebab-case, such as "revenue-by-day"; found ${JSON.stringify(name)}.`,
  );
  requirePositiveInteger(version, `version of projection ${name}`);
  const from = declaration.from.map((source) => source.definition);
  const types = new Set(from.flatMap((source) => Object.keys(source.events)));
  for (const type of Object.keys(declaration.on)) {
    requireDeclared(
      types.has(type),
      `Projection ${name} handles ${type}, which none of its sources declares; expected one of ${[...types].join(", ")}.`,
    );
  }
  const definition = { name, version, from, transactions, prepare, on: declaration.on };
  return { kind: "projection", name, definition: definition as unknown as ProjectionDefinition };
}
