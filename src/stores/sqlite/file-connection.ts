import { DatabaseSync, type DatabaseSyncInstance } from "@photostructure/sqlite";
import QuickLRU from "quick-lru";
import { type Connection, checkedStatement, type Statement } from "./connection.ts";
import { commitError, storageError } from "./storage-error.ts";
import { whenUnlocked } from "./when-unlocked.ts";

/** Enough for every fixed statement and those of some dozens of views and query shapes. */
const maxPreparedStatements = 250;

/**
 * A connection to a database file, which several processes may have open. It never waits for locks (see `whenUnlocked`), and no longer than
 * `lockTimeoutMs` milliseconds tries again.
 */
export function connect(path: string, lockTimeoutMs = 10_000): Connection {
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
  /**
   * Moves what the write-ahead log holds into the file, so that the file alone is the database. SQLite does so when its last
   * connection closes, but the driver cannot end statements: they keep the connection until the garbage collector finds
   * them. Does what it can: somebody else may be reading, or the disk be full, and then the log keeps it.
   */
  const foldLog = () => {
    try {
      if (database.isOpen) sql("PRAGMA wal_checkpoint(TRUNCATE)").get();
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
    whenFree: (work) => whenUnlocked({ path, lockTimeoutMs }, work),
    errorOf: (error) => storageError(error, path),
    // COMMIT has synced it.
    settled: () => Promise.resolve(),
    close: () => {
      foldLog();
      prepared.clear();
      if (database.isOpen) database.close();
    },
  };
}

function prepare(database: DatabaseSyncInstance, text: string): Statement {
  const statement = database.prepare(text);
  return checkedStatement(text, {
    run: (values) => statement.run(...values).changes,
    get: (values) => statement.get(...values),
    all: (values) => statement.all(...values),
  });
}
