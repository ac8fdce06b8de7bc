import { DatabaseSync, type DatabaseSyncInstance } from "@photostructure/sqlite";
import QuickLRU from "quick-lru";
import { MillraceError } from "../../errors/millrace-error.ts";
import { isStorableText } from "../../message/json.ts";
import { commitError } from "./storage-error.ts";

export type SqlValue = string | number | null;

/** A prepared statement. Parameters are positional: SQLite's API binds a missing one as NULL without a word. */
export interface Statement {
  run(...values: readonly SqlValue[]): number;
  get<Row>(...values: readonly SqlValue[]): Row | undefined;
  all<Row>(...values: readonly SqlValue[]): readonly Row[];
}

/**
 * One connection to the database file. Everything on it is synchronous, so a transaction is never interleaved with
 * anything else on the same connection. It never waits for locks (see `whenUnlocked`).
 */
export interface Connection {
  readonly path: string;
  /** The statement for this text, prepared once. */
  sql(text: string): Statement;
  /** Runs statements that take no parameters and give no rows. */
  exec(text: string): void;
  /** Runs `work` in a transaction of its own: all of it is committed, or, when it throws, nothing. */
  transaction<Result>(mode: "immediate" | "deferred", work: () => Result): Result;
  /**
   * Moves what the write-ahead log holds into the file, so that the file alone is the database. SQLite does so when its last
   * connection closes, but the driver cannot end statements: they keep the connection until the garbage collector finds
   * them. Does what it can: somebody else may be reading, or the disk be full, and then the log keeps it.
   */
  foldLog(): void;
  /** Idempotent. */
  close(): void;
}

/** Enough for every fixed statement and those of some dozens of views and query shapes. */
const maxPreparedStatements = 250;

export function connect(path: string): Connection {
  const database: DatabaseSyncInstance = new DatabaseSync(path, { timeout: 0 });
  const prepared = new QuickLRU<string, Statement>({ maxSize: maxPreparedStatements });
  const sql = (text: string): Statement => {
    let statement = prepared.get(text);
    if (statement === undefined) {
      statement = prepare(database, text);
      prepared.set(text, statement);
    }
    return statement;
  };
  const rollback = () => {
    // SQLite has rolled back by itself after some errors, a full disk among them. Should it fail to, the error that led
    // here says more, and the next BEGIN fails too.
    try {
      if (database.isTransaction) database.exec("ROLLBACK");
    } catch {}
  };
  return {
    path,
    sql,
    exec: (text) => database.exec(text),
    transaction(mode, work) {
      sql(mode === "immediate" ? "BEGIN IMMEDIATE" : "BEGIN").run();
      let result: ReturnType<typeof work>;
      try {
        result = work();
      } catch (error) {
        rollback();
        throw error;
      }
      try {
        sql("COMMIT").run();
      } catch (error) {
        rollback();
        throw commitError(error, path);
      }
      return result;
    },
    foldLog: () => {
      try {
        if (database.isOpen) sql("PRAGMA wal_checkpoint(TRUNCATE)").get();
      } catch {}
    },
    close: () => {
      prepared.clear();
      if (database.isOpen) database.close();
    },
  };
}

/** SQLite would be asked for the text up to U+0000, and for U+FFFD in place of a lone surrogate: for something else. */
function isAskable(value: SqlValue): boolean {
  return typeof value !== "string" || isStorableText(value);
}

function prepare(database: DatabaseSyncInstance, text: string): Statement {
  const statement = database.prepare(text);
  const expected = text.split("?").length - 1;
  const check = (values: readonly SqlValue[]) => {
    if (values.length !== expected) {
      throw new MillraceError(
        "internal",
        `A statement takes ${expected} parameters and was given ${values.length}: ${text}`,
      );
    }
  };
  return {
    run(...values) {
      check(values);
      return statement.run(...values).changes;
    },
    get(...values) {
      check(values);
      return values.every(isAskable) ? statement.get(...values) : undefined;
    },
    all(...values) {
      check(values);
      return values.every(isAskable) ? statement.all(...values) : [];
    },
  };
}
