import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { MillraceError } from "../../errors/millrace-error.ts";
import { fingerprintOf } from "../../message/json.ts";
import type { Telemetry } from "../../ports/telemetry.ts";
import { databaseName } from "./database-name.ts";
import { inSchema } from "./sql-name.ts";
import {
  ConnectionLost,
  connectionError,
  isBroken,
  isPassing,
  isReadOnly,
  isUnknown,
  isUnprepared,
  sqlState,
  storageError,
} from "./storage-error.ts";

/** What a statement takes: arrays become arrays of PostgreSQL, null its NULL, and a buffer is a value in binary form. */
export type SqlValue = string | number | boolean | null | Buffer | readonly SqlValue[];

/** Runs statements in which `@name` stands for a name in the store's schema. */
export interface Session {
  all<Row>(sql: string, values?: readonly SqlValue[], options?: StatementOptions): Promise<readonly Row[]>;
}

export interface TransactionSession extends Session {
  /** Runs somebody else's statement as it is, with the driver's own types. */
  query(
    sql: string,
    values: readonly unknown[],
    options?: Pick<StatementOptions, "brief">,
  ): Promise<pg.QueryResult<Record<string, unknown>>>;
}

export interface StatementOptions {
  /** Whether the server is to keep the statement ready, where that is possible: for the few that are always the same. */
  readonly prepared?: boolean;
  /**
   * Whether the server ends it soon however much there is and whoever else works, so that a connection without an answer after
   * `answerMs` is taken for lost.
   */
  readonly brief?: boolean;
}

export interface DatabaseOptions {
  readonly url: string;
  readonly schema: string;
  readonly maxConnections: number;
  /** How long to try again after what passes by itself, in milliseconds. */
  readonly patienceMs: number;
  /** A client that stops in the middle of a transaction loses it, and its locks, after so long, in milliseconds; default 10,000. */
  readonly idleInTransactionMs?: number;
  /** How long to wait for the answer of a brief statement, in milliseconds; default 30,000: ten times what an append waits for its lock. */
  readonly answerMs?: number;
  readonly telemetry: Telemetry;
}

/** The waits between attempts are jittered and doubled between these. */
const firstWaitMs = 20;
const lastWaitMs = 1000;

/** A connection on which nothing is heard for so long is asked for a sign of life: by default the system would wait for hours. */
export const keepAliveInitialDelayMillis = 10_000;

const int8 = 20;
const json = 114;
const jsonb = 3802;

/** Positions and times are far below 2^53; JSON stays text until somebody needs it. */
const types = {
  getTypeParser: ((oid: number, format?: "text" | "binary") => {
    if (oid === int8) return Number;
    if (oid === json || oid === jsonb) return String;
    return pg.types.getTypeParser(oid, format as "text");
  }) as typeof pg.types.getTypeParser,
};

/**
 * The connections to one schema. Each statement is one round trip, so that a pooler in transaction
 * mode may stand between; the few that are prepared do without where it does. All run at READ COMMITTED, which what waits for
 * a lock relies on to see what was committed meanwhile. What passes by itself (a lost connection, a failover, a
 * serialization failure) is tried again.
 */
export class Database implements Session {
  /** The database and the schema, for messages: never the password. */
  readonly name: string;
  readonly #pool: pg.Pool;
  readonly #options: DatabaseOptions;
  /** Those that were prepared, as they are sent, by the text that they were written as. */
  readonly #statements = new Map<string, { readonly name: string; readonly text: string }>();
  #prepares = true;
  /** Whether this is known to be a replica, where no time will make a write possible. */
  isReplica = false;
  /** Whether transactions are at another level than READ COMMITTED unless they ask for it, so that every statement has to. */
  asksForIsolation = false;

  constructor(options: DatabaseOptions) {
    this.#options = options;
    this.name = databaseName(options.url, options.schema);
    this.#pool = new pg.Pool({
      connectionString: options.url,
      max: options.maxConnections,
      types,
      application_name: "millrace",
      connectionTimeoutMillis: options.patienceMs,
      keepAlive: true,
      keepAliveInitialDelayMillis,
    });
    // Of a connection that nobody uses: the pool makes another when one is needed.
    this.#pool.on("error", () => {});
    // Of one that is lost in use: whoever uses it is told by the statement that fails, and nobody listening would end the process.
    this.#pool.on("connect", (client) => client.on("error", () => {}));
  }

  /** The rows of a statement that may run twice without harm. Rejects with `store-…`. */
  async all<Row>(
    sql: string,
    values: readonly SqlValue[] = [],
    options: StatementOptions = {},
  ): Promise<readonly Row[]> {
    const work = (session: Session) => session.all<Row>(sql, values, options);
    return this.asksForIsolation ? this.transaction(work, { repeatable: true }) : this.#patiently(work);
  }

  /**
   * Statements that are a transaction each and may run twice without harm, but whose caller has to know whether they did: rejects with
   * `outcome-unknown` where nobody can tell, and with another `store-…` error only where nothing was changed.
   */
  async write<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    return this.asksForIsolation
      ? this.transaction(work, { repeatable: true })
      : this.#patiently(work, { mayHaveHappened: isUnknown });
  }

  /**
   * A transaction of several statements, at READ COMMITTED and durable whatever the server's default, that is tried again after a rollback. Where nobody can tell
   * whether it was committed, only one that is `repeatable` is; any other rejects with `outcome-unknown` at once, and so does
   * a repeatable one in the end.
   */
  async transaction<Result>(
    work: (session: TransactionSession) => Promise<Result>,
    { repeatable = false }: { readonly repeatable?: boolean } = {},
  ): Promise<Result> {
    const { idleInTransactionMs = 10_000 } = this.#options;
    let isCommitting = false;
    return this.#patiently(
      async (session) => {
        isCommitting = false;
        await session.all(
          `BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL idle_in_transaction_session_timeout = ${idleInTransactionMs};
          SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'`,
          [],
          { brief: true },
        );
        try {
          const result = await work(session);
          isCommitting = true;
          const { command } = await session.query("COMMIT", [], { brief: true });
          if (command === "COMMIT") return result;
          // A statement failed whose error somebody has kept to himself.
          throw new MillraceError(
            "internal",
            `A transaction on ${this.name} was rolled back instead of committed: one of its statements had failed.`,
          );
        } catch (error) {
          if (!isBroken(error)) await session.all("ROLLBACK", [], { brief: true });
          throw error;
        }
      },
      { mayHaveHappened: (error) => isCommitting && isUnknown(error), repeatable },
    );
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  /**
   * Tries until it succeeds, fails for good or patience ends. `mayHaveHappened` says of an error that came after a connection was there
   * whether the server may have done the work all the same: that is not forgotten when a later attempt fails in another way.
   */
  async #patiently<Result>(
    work: (session: TransactionSession) => Promise<Result>,
    {
      mayHaveHappened = () => false,
      repeatable = true,
    }: { readonly mayHaveHappened?: (error: unknown) => boolean; readonly repeatable?: boolean } = {},
  ): Promise<Result> {
    const giveUpAt = performance.now() + this.#options.patienceMs;
    let isUncertain = false;
    for (let attempt = 0; ; attempt++) {
      let client: pg.PoolClient | undefined;
      try {
        client = await this.#connect();
        const result = await work(this.#sessionOn(client));
        client.release();
        return result;
      } catch (error) {
        client?.release(isBroken(error));
        isUncertain ||= client !== undefined && mayHaveHappened(error);
        const waitMs = Math.random() * Math.min(lastWaitMs, firstWaitMs * 2 ** attempt);
        const isHopeless =
          !isPassing(error) ||
          this.#pool.ending ||
          (this.isReplica && isReadOnly(error)) ||
          (isUncertain && !repeatable);
        if (isHopeless || performance.now() + waitMs >= giveUpAt) {
          throw isUncertain ? this.#outcomeUnknown(error) : storageError(error, this.name);
        }
        this.#options.telemetry.log("debug", "The database is tried again.", {
          store: this.name,
          error: String(error),
        });
        await delay(waitMs);
      }
    }
  }

  #outcomeUnknown(cause: unknown): MillraceError {
    const reason = cause instanceof Error ? ` (${cause.message})` : "";
    return new MillraceError(
      "outcome-unknown",
      `The connection to ${this.name} was lost before it said whether the transaction was committed${reason}.`,
      { data: { store: this.name }, cause },
    );
  }

  async #connect(): Promise<pg.PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      throw connectionError(error, this.name);
    }
  }

  #sessionOn(client: pg.PoolClient): TransactionSession {
    return {
      query: async (text, values, options = {}) => {
        try {
          return await client.query({
            text,
            values: values as unknown[],
            types: pg.types,
            ...this.#limitOf(options),
          });
        } catch (error) {
          throw sqlState(error) === undefined ? new ConnectionLost(error) : error;
        }
      },
      all: async <Row>(sql: string, values: readonly SqlValue[] = [], options: StatementOptions = {}) => {
        const prepared = options.prepared === true && this.#prepares;
        const statement = prepared ? this.#statement(sql) : { text: inSchema(sql, this.#options.schema) };
        try {
          const result = await client.query({
            // Without values the simple protocol takes several statements at once.
            ...(values.length === 0
              ? { text: statement.text }
              : { ...statement, values: values as unknown[] }),
            ...this.#limitOf(options),
          });
          return result.rows as readonly Row[];
        } catch (error) {
          // A pooler that knows nothing of prepared statements has sent this to a connection without it.
          if (prepared && isUnprepared(error)) {
            this.#prepares = false;
            throw new ConnectionLost(error);
          }
          throw sqlState(error) === undefined ? new ConnectionLost(error) : error;
        }
      },
    };
  }

  #limitOf({ brief = false }: StatementOptions): { readonly query_timeout?: number } {
    return brief ? { query_timeout: this.#options.answerMs ?? 30_000 } : {};
  }

  /** The name is the same for the same text and for no other, since behind a pooler other processes prepare theirs on our connections. */
  #statement(sql: string): { readonly name: string; readonly text: string } {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      const text = inSchema(sql, this.#options.schema);
      statement = { name: `millrace_${fingerprintOf(text)}`, text };
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
