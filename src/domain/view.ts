import type { RecordedEvent } from "../message/event.ts";
import type { LiteralShape } from "./aggregate.ts";
import { requirePositiveInteger } from "./aggregate-checks.ts";
import type { EventOf, EventSourceDefinition, EventSources } from "./event-source.ts";
import { requireDeclared } from "./require-declared.ts";
import { requireNoReservedField } from "./reserved-fields.ts";
import { jsonSchemaOf, type Schema, type Sides } from "./schema.ts";

/** A declared materialized view: rows folded from events, read-only for everyone else. */
export interface View<Row = unknown, Field extends string = string, Name extends string = string> {
  readonly kind: "view";
  readonly name: Name;
  readonly definition: ViewDefinition;
  /** Carries the types; absent at run time. */
  readonly types: { readonly row: Row; readonly field: Field };
}

export type RowOf<V> = V extends View<infer Row> ? Row : never;

/** What the runtime sees of a view. */
export interface ViewDefinition {
  readonly name: string;
  readonly version: number;
  readonly from: readonly EventSourceDefinition[];
  readonly schema: Schema;
  readonly indexes: readonly { readonly name: string; readonly type: "text" | "number" | "boolean" }[];
  /** Undefined: one row per stream, keyed by the aggregate's id. */
  readonly key: ((event: RecordedEvent) => string | undefined) | undefined;
  readonly on: Readonly<Record<string, (row: unknown, event: RecordedEvent) => unknown>>;
}

type ScalarField<Row> = {
  [K in keyof Row]-?: Row[K] extends string | number | boolean | null | undefined ? K & string : never;
}[keyof Row];

/** An event of any source. */
type SourceEvent<From extends EventSources> = EventOf<From[number]>;

/** See `Result` of an aggregate: keeps the literals of handlers without parameters. */
type Result<Row> = ([object] extends [Row] ? LiteralShape : Row) | undefined;

export interface ViewDeclaration<From extends EventSources, Row, Field, Name extends string = string> {
  /** In the plural, kebab-case; its place in URLs. */
  readonly name: Name;
  /** Raise it when `on`, `key`, `indexes` or `schema` change: the view is then rebuilt beside the old one. Default 1. */
  readonly version?: number;
  /** The aggregates whose events it folds, over all their streams. */
  readonly from: From;
  /** The schema of a row: a flat JSON object as a rule, without the fields `_links` and `_embedded`, which HTTP needs. */
  readonly schema: {
    readonly "~standard": Schema["~standard"] & { readonly types?: Sides<unknown, Row> | undefined };
  };
  /** Fields that can be filtered and sorted by; each becomes an indexed column. */
  readonly indexes?: readonly Field[];
  /**
   * The key of the row that an event changes; undefined passes the event over. Without `key` there is one row per
   * stream, keyed by the aggregate's id, and the work can be spread over processes.
   */
  readonly key?: (event: NoInfer<SourceEvent<From>>) => string | undefined;
  /** From the row (undefined: none yet) and an event to the next row (undefined: none any more). Pure. */
  readonly on: NoInfer<{
    readonly [K in SourceEvent<From>["type"]]?: (
      row: Row | undefined,
      event: Extract<SourceEvent<From>, { readonly type: K }>,
    ) => Result<Row>;
  }>;
}

const viewNamePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** Declares a view. Throws `declaration-invalid` for what the compiler cannot see. */
export function view<
  const From extends EventSources,
  Row extends object,
  const Field extends ScalarField<Row> = never,
  const Name extends string = string,
>(declaration: ViewDeclaration<From, Row, Field, Name>): View<Row, Field, Name> {
  const { name, version = 1 } = declaration;
  const from = declaration.from.map((source) => source.definition);
  requireDeclared(
    viewNamePattern.test(name) && name.length <= 60,
    `A view's name is kebab-case of at most 60 characters, such as "accounts"; found ${JSON.stringify(name)}.`,
  );
  requirePositiveInteger(version, `version of view ${name}`);
  requireDeclared(from.length > 0, `View ${name} needs at least one aggregate in "from".`);
  requireDeclared(
    declaration.key !== undefined || from.length === 1,
    `View ${name} folds several aggregates (${from.map((source) => source.name).join(", ")}), so it must declare "key".`,
  );
  const types = new Set(from.flatMap((source) => Object.keys(source.events)));
  for (const type of Object.keys(declaration.on)) {
    requireDeclared(
      types.has(type),
      `View ${name} handles ${type}, which none of its sources declares; expected one of ${[...types].join(", ")}.`,
    );
  }
  const schema = declaration.schema as Schema;
  requireNoReservedField(name, schema);
  const definition = {
    name,
    version,
    from,
    schema,
    indexes: indexesOf(name, schema, declaration.indexes ?? []),
    key: declaration.key,
    on: declaration.on,
  } as unknown as ViewDefinition;
  return { kind: "view", name, definition } as View<Row, Field, Name>;
}

/** The columns that back the declared indexes; their types come from the row's JSON Schema. */
function indexesOf(view: string, schema: Schema, fields: readonly string[]): ViewDefinition["indexes"] {
  if (fields.length === 0) return [];
  const json = jsonSchemaOf(schema, "output", `the rows of view ${view}`);
  const properties = (json.properties ?? {}) as Readonly<Record<string, ScalarSchema>>;
  return fields.map((name) => {
    const type = columnTypeOf(properties[name]);
    requireDeclared(
      type !== undefined && /^[A-Za-z_][A-Za-z0-9_]*$/.test(name),
      `The index ${JSON.stringify(name)} of view ${view} must be a field of the row that is text, a number or a boolean; its JSON Schema is ${JSON.stringify(properties[name])}.`,
    );
    return { name, type };
  });
}

interface ScalarSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly ScalarSchema[];
}

/** The one scalar type that a JSON Schema allows beside null, if it is one. */
function columnTypeOf(schema: ScalarSchema | undefined): "text" | "number" | "boolean" | undefined {
  const kinds = new Set(schema === undefined ? [] : kindsOf(schema));
  kinds.delete("null");
  const [kind, ...others] = kinds;
  if (others.length > 0) return undefined;
  return kind === "string" ? "text" : kind === "number" || kind === "boolean" ? kind : undefined;
}

function kindsOf(schema: ScalarSchema): readonly string[] {
  if (schema.anyOf !== undefined) return schema.anyOf.flatMap(kindsOf);
  const types =
    schema.type !== undefined
      ? [schema.type].flat()
      : (schema.enum ?? ("const" in schema ? [schema.const] : [])).map((value) =>
          value === null ? "null" : typeof value,
        );
  return types.map((type) => (type === "integer" ? "number" : type));
}
