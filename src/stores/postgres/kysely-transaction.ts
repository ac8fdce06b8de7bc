import type { DatabaseConnection, Driver, Kysely, QueryResult } from "kysely";
import { MillraceError } from "../../errors/millrace-error.ts";
import type { TransactionSession } from "./database.ts";

/** Kysely on a transaction that is under way, which it can neither begin nor end. */
export async function kyselyOn(session: TransactionSession): Promise<Kysely<unknown>> {
  const { Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } = await importKysely();
  const connection: DatabaseConnection = {
    async executeQuery<Row>({ sql, parameters }: { sql: string; parameters: readonly unknown[] }) {
      const { rows, rowCount, command } = await session.query(sql, parameters);
      const counts = ["INSERT", "UPDATE", "DELETE", "MERGE"].includes(command);
      const result: QueryResult<Row> = counts
        ? { rows: rows as Row[], numAffectedRows: BigInt(rowCount ?? 0) }
        : { rows: rows as Row[] };
      return result;
    },
    // biome-ignore lint/correctness/useYield: there is no cursor on a connection that is in use.
    async *streamQuery() {
      throw notHere("streams no rows");
    },
  };
  const end = async () => {
    throw notHere("begins and ends no transaction: it is in one, which also moves the checkpoint");
  };
  const driver: Driver = {
    init: async () => {},
    acquireConnection: async () => connection,
    beginTransaction: end,
    commitTransaction: end,
    rollbackTransaction: end,
    releaseConnection: async () => {},
    destroy: async () => {},
  };
  return new Kysely<unknown>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => driver,
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
}

function notHere(what: string): MillraceError {
  return new MillraceError("declaration-invalid", `What a projection is handed ${what}.`);
}

/** An optional peer, which only those install who declare projections. */
async function importKysely(): Promise<typeof import("kysely")> {
  try {
    return await import("kysely");
  } catch (cause) {
    throw new MillraceError(
      "configuration-invalid",
      'The service declares projections, which need the package "kysely" ("npm install kysely").',
      { cause },
    );
  }
}
