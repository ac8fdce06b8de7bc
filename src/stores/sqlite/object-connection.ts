import type { ErrorCode } from "../../errors/error-codes.ts";
import { isMillraceError, MillraceError } from "../../errors/millrace-error.ts";
import { fairTurn } from "../foundation/fair-turn.ts";
import { type Connection, checkedStatement, type SqlValue } from "./connection.ts";

/** The storage of a Durable Object with SQLite (`ctx.storage`): what of it matters here. */
export interface ObjectStorage {
  readonly sql: {
    exec(text: string, ...values: readonly SqlValue[]): { toArray(): unknown[] };
  };
  transactionSync<Result>(work: () => Result): Result;
  /** Resolves once all that was written is durable. */
  sync(): Promise<void>;
}

const codeOf: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  SQLITE_FULL: ["store-full", "is full; nothing of the write was kept"],
  SQLITE_TOOBIG: ["payload-too-large", "takes no row of this size"],
  SQLITE_CORRUPT: ["store-corrupt", "is damaged"],
  SQLITE_IOERR: ["store-unavailable", "could not be read or written"],
};

/** A connection to the storage of a Durable Object, which nobody else writes: there is no lock to wait for. */
export function connectToObject(storage: ObjectStorage, name: string): Connection {
  const { sql } = storage;
  const errorOf = (error: unknown) => objectError(error, name);
  return {
    path: name,
    sql: (text) =>
      checkedStatement(text, {
        run(values) {
          sql.exec(text, ...values);
          const [row] = sql.exec("SELECT changes() AS changes").toArray() as { readonly changes: number }[];
          return row?.changes ?? 0;
        },
        get: (values) => sql.exec(text, ...values).toArray()[0],
        all: (values) => sql.exec(text, ...values).toArray(),
      }),
    exec: (text) => void sql.exec(text),
    // Nothing else runs meanwhile, so what only reads needs no transaction.
    transaction: (mode, work) => (mode === "immediate" ? storage.transactionSync(work) : work()),
    async whenFree(work) {
      const turn = fairTurn();
      if (turn !== undefined) await turn;
      try {
        return work();
      } catch (error) {
        throw errorOf(error);
      }
    },
    errorOf,
    settled: () => storage.sync(),
    close: () => {},
  };
}

/** What the platform raises carries SQLite's name of the error at its end: "string or blob too big: SQLITE_TOOBIG". */
function objectError(error: unknown, name: string): MillraceError {
  if (isMillraceError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  const [, raised = ""] = /\b(SQLITE_[A-Z]+)/.exec(message) ?? [];
  const [code, what] = codeOf[raised] ?? ["internal" as const, "raised an unexpected error"];
  return new MillraceError(code, `The database ${name} ${what} (${message}).`, {
    data: { path: name },
    cause: error,
  });
}
