import type { Kysely } from "kysely";
import type { EventSources } from "../../domain/event-source.ts";
import { declareProjection, type Projection, type ProjectionDeclaration } from "../../domain/projection.ts";
import type { Schema, Sides } from "../../domain/schema.ts";

export interface PostgresProjectionDeclaration<From extends EventSources, Tables>
  extends ProjectionDeclaration<From, Kysely<Tables>> {
  /** The types of its tables as Kysely takes them: `shape<{ revenue: { day: string; cents: number } }>()`. */
  readonly tables: Schema<Sides<unknown, Tables>>;
}

/**
 * Declares a projection into tables of PostgreSQL, for what rows under keys cannot be. Its functions are handed Kysely
 * (`npm install kysely`) on the transaction that also moves its checkpoint, so that each event takes effect in the tables exactly once
 * (G5). Names without a schema are of the service's own. One process at a time runs it. Throws `declaration-invalid`.
 */
export function projection<const From extends EventSources, Tables>(
  declaration: PostgresProjectionDeclaration<From, Tables>,
): Projection {
  return declareProjection(kyselyTransactions, declaration);
}

/** The kind of transaction that `Progress.work` is handed by PostgreSQL. */
export const kyselyTransactions = "kysely";
