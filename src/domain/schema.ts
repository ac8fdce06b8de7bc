import { MillraceError } from "../errors/millrace-error.ts";

/** The two faces of a schema: what is written and stored, and what is read. They differ where it transforms. */
export interface Sides<Input = unknown, Output = unknown> {
  readonly input: Input;
  readonly output: Output;
}

export type SidesByName = Readonly<Record<string, Sides>>;

/**
 * A Standard Schema (https://standardschema.dev), seen as plain data: zod, valibot and arktype values all fit, and no
 * vendor's type reaches a hover or a declaration file. Where it also is a Standard JSON Schema, its JSON Schema is
 * used for OpenAPI and contracts.
 */
export interface Schema<S extends Sides = Sides> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Validation | Promise<Validation>;
    readonly types?: S | undefined;
    readonly jsonSchema?: unknown;
  };
}

type Validation =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What a value did wrong: where, as a JSON Pointer into it, and what was expected. */
export interface Issue {
  readonly pointer: string;
  readonly message: string;
}

export type Parsed =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly Issue[] };

/** Validates `value`; a success holds the output side. Throws `declaration-invalid` for an asynchronous schema. */
export function parse(schema: Schema, value: unknown): Parsed {
  const result = schema["~standard"].validate(value);
  if (result instanceof Promise) {
    throw new MillraceError(
      "declaration-invalid",
      `A schema of ${schema["~standard"].vendor} validates asynchronously; folding cannot wait, so schemas must be synchronous.`,
    );
  }
  if (result.issues === undefined) return result;
  return { issues: result.issues.map((issue) => ({ pointer: pointerOf(issue), message: issue.message })) };
}

function pointerOf(issue: SchemaIssue): string {
  const keys = (issue.path ?? []).map((part) => String(typeof part === "object" ? part.key : part));
  return keys.map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * The JSON Schema (draft 2020-12) of one side of a schema. Throws `json-schema-missing`, saying how to supply one, where
 * the schema has none to give.
 */
export function jsonSchemaOf(schema: Schema, side: "input" | "output", what: string): JsonSchema {
  const standard = schema["~standard"];
  const converter = standard.jsonSchema as
    | Partial<Record<"input" | "output", (options: { target: string }) => JsonSchema>>
    | undefined;
  const hint =
    standard.vendor === "valibot"
      ? "wrap it with toStandardJsonSchema() of @valibot/to-json-schema"
      : "use a library that implements Standard JSON Schema (zod 4.2 or arktype 2.1.28 and newer do)";
  if (typeof converter?.[side] !== "function") {
    throw new MillraceError(
      "json-schema-missing",
      `The ${standard.vendor} schema of ${what} cannot tell its JSON Schema: ${hint}.`,
      { data: { what, vendor: standard.vendor } },
    );
  }
  try {
    return converter[side]({ target: "draft-2020-12" });
  } catch (cause) {
    throw new MillraceError(
      "json-schema-missing",
      `The ${standard.vendor} schema of ${what} has no JSON Schema for its ${side}: ${cause instanceof Error ? cause.message : String(cause)}`,
      { data: { what, vendor: standard.vendor }, cause },
    );
  }
}

/** A schema of the platform's own, and what goes against it of a value: by default nothing, where all values are made here. */
export function ownSchema(
  schema: JsonSchema,
  issueOf: (value: unknown) => SchemaIssue | undefined = () => undefined,
): Schema {
  return {
    "~standard": {
      version: 1,
      vendor: "millrace",
      validate: (value) => {
        const issue = issueOf(value);
        return issue === undefined ? { value } : { issues: [issue] };
      },
      jsonSchema: { input: () => schema, output: () => schema },
    },
  };
}

/** A schema for a type written by hand: it checks nothing at run time and has no JSON Schema. */
export function shape<T>(): Schema<Sides<T, T>> {
  return { "~standard": { version: 1, vendor: "millrace-shape", validate: (value) => ({ value }) } };
}
