import { MillraceError } from "../../errors/millrace-error.ts";
import { isStorableText } from "../../message/json.ts";

export type SqlValue = string | number | null;

/** A prepared statement. Parameters are positional: SQLite's API binds a missing one as NULL without a word. */
export interface Statement {
  run(...values: readonly SqlValue[]): number;
  get<Row>(...values: readonly SqlValue[]): Row | undefined;
  all<Row>(...values: readonly SqlValue[]): readonly Row[];
}

/**
 * One connection to the database. Everything on it is synchronous, so a transaction is never interleaved with anything else on the same
 * connection.
 */
export interface Connection {
  /** What errors call the database: the path of its file. */
  readonly path: string;
  /** The statement for this text, prepared once. */
  sql(text: string): Statement;
  /** Runs statements that take no parameters and give no rows. */
  exec(text: string): void;
  /** Runs `work` in a transaction of its own: all of it is committed, or, when it throws, nothing. */
  transaction<Result>(mode: "immediate" | "deferred", work: () => Result): Result;
  /**
   * Runs `work` as soon as nothing is in its way: at once and synchronously, as a rule. `work` must leave no trace when it throws. Rejects with
   * our errors, for what SQLite raises, too.
   */
  whenFree<Result>(work: () => Result): Promise<Result>;
  /** What SQLite raised, as an error of ours that names the database; errors of ours pass through. */
  errorOf(error: unknown): MillraceError;
  /** Resolves when what was committed is durable (G1). */
  settled(): Promise<void>;
  /** Makes the database as compact as can be, and closes it. Idempotent. */
  close(): void;
}

/** How a driver runs statements. */
export interface SqlDriver {
  /** Resolves with how many rows were changed. */
  run(values: readonly SqlValue[]): number;
  get(values: readonly SqlValue[]): unknown;
  all(values: readonly SqlValue[]): readonly unknown[];
}

/** A statement that looks at what it is given before the driver does. */
export function checkedStatement(text: string, driver: SqlDriver): Statement {
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
      return driver.run(values);
    },
    get<Row>(...values: readonly SqlValue[]) {
      check(values);
      return values.every(isAskable) ? (driver.get(values) as Row | undefined) : undefined;
    },
    all<Row>(...values: readonly SqlValue[]) {
      check(values);
      return values.every(isAskable) ? (driver.all(values) as readonly Row[]) : [];
    },
  };
}

/** SQLite would be asked for the text up to U+0000, and for U+FFFD in place of a lone surrogate: for something else. */
function isAskable(value: SqlValue): boolean {
  return typeof value !== "string" || isStorableText(value);
}
