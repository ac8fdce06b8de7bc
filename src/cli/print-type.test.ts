import fc from "fast-check";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import type { JsonSchema } from "../domain/schema.ts";
import { validatorOf } from "../domain/validate-json.ts";
import { TypePrinter } from "./print-type.ts";

function printed(schema: JsonSchema): string {
  return new TypePrinter().print(schema, "Root", 0);
}

const text = { type: "string" };
const number = { type: "number" };

describe("the type of a schema", () => {
  test.each<[JsonSchema, string]>([
    [text, "string"],
    [{ type: "integer", minimum: 1 }, "number"],
    [{ type: ["string", "null"] }, "string | null"],
    [{ type: "string", format: "date-time" }, "string"],
    [{ enum: ["a", 1, null, "a"] }, '"a" | 1 | null'],
    [{ const: { a: [1, "x"] } }, '{ a: [1, "x"] }'],
    [{ anyOf: [text, { type: "null" }, text] }, "string | null"],
    [{ oneOf: [text, {}] }, "unknown"],
    [{ type: "array", items: { type: ["string", "null"] } }, "(string | null)[]"],
    [{ type: "array" }, "unknown[]"],
    [{ type: "array", prefixItems: [text, number], minItems: 2, items: false }, "[string, number]"],
    [{ type: "array", prefixItems: [text, number], minItems: 1, maxItems: 2 }, "[string, number?]"],
    [{ type: "array", prefixItems: [text], minItems: 1, items: number }, "[string, ...number[]]"],
    [{ type: "array", prefixItems: [text] }, "[string?, ...unknown[]]"],
    [{ type: "object", properties: {} }, "Record<string, never>"],
    [{ type: "object" }, "{ [key: string]: unknown }"],
    [{ type: "object", additionalProperties: number }, "{ [key: string]: number }"],
    [
      { type: "object", properties: { "a b": text, c_1: number }, required: ["c_1", "d"] },
      '{ "a b"?: string | undefined; c_1: number; d: unknown }',
    ],
    [
      { type: "object", properties: { a: text }, required: ["a"], additionalProperties: number },
      "{ a: string; [key: string]: unknown }",
    ],
    [
      {
        type: "object",
        propertyNames: { enum: ["a", "b"] },
        additionalProperties: number,
        required: ["a"],
      },
      "{ a: number; b?: number | undefined }",
    ],
    [
      { allOf: [{ anyOf: [text, number] }, { type: "object", properties: { a: text }, required: ["a"] }] },
      "(string | number) & { a: string }",
    ],
    [
      { type: "object", anyOf: [{ type: "object", properties: { a: text }, required: ["a"] }] },
      "{ a: string }",
    ],
    [{ properties: { a: text } }, "unknown"],
    [{ not: text }, "unknown"],
    [{ $ref: "https://example.com/other" }, "unknown"],
    [{ anyOf: [{ const: 1 }, { not: {} }] }, "unknown"],
    [{}, "unknown"],
  ])("%j", (schema, expected) => {
    expect(printed(schema)).toBe(expected);
  });

  test("is broken into lines where it is long", () => {
    const names = Array.from({ length: 6 }, (_, index) => `a-rather-long-name-${index}`);
    const properties = {
      kind: { enum: names },
      left: { type: "object", properties: { kind: { enum: names } } },
    };
    const members = (indent: string) => names.map((name) => `\n${indent}| "${name}"`).join("");
    expect(printed({ type: "object", properties, required: ["kind"] })).toBe(
      [
        "{",
        `  kind:${members("    ")};`,
        "  left?:",
        "    | {",
        `        kind?:${members("          ")}`,
        "          | undefined;",
        "      }",
        "    | undefined;",
        "}",
      ].join("\n"),
    );
  });

  test("has aliases for what it refers to, by name and only once", () => {
    const printer = new TypePrinter();
    const $defs = {
      category: {
        type: "object",
        properties: { name: text, kids: { type: "array", items: { $ref: "#/$defs/category" } } },
        required: ["name", "kids"],
      },
      same: { anyOf: [{ $ref: "#/$defs/same" }, text] },
    };
    const schema = { anyOf: [{ $ref: "#/$defs/category" }, { type: "null" }], $defs };
    expect(printer.print(schema, "First", 0)).toBe("Category | null");
    expect(printer.print({ ...schema }, "Second", 0)).toBe("Category | null");
    expect(printer.print({ $ref: "#/$defs/category", $defs: { category: number } }, "Third", 0)).toBe(
      "Category2",
    );
    expect(printer.print({ type: "array", items: { $ref: "#" } }, "tree-node", 0)).toBe("TreeNode[]");
    expect(printer.print({ $ref: "#/$defs/same", $defs }, "Fourth", 0)).toBe("Same");
    expect(printer.aliases()).toEqual([
      "type Category = { name: string; kids: Category[] };",
      "type Category2 = number;",
      "type TreeNode = TreeNode[];",
      "type Same = unknown;",
    ]);
  });
});

/** Schemas of which a type can say all, each with a value that fits. */
const sample = fc.letrec<{ sample: { schema: JsonSchema; value: unknown }; fields: Fields }>((tie) => ({
  sample: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom("x", "y").map((value) => ({ schema: text, value })),
    fc.constantFrom(1, 2).map((value) => ({ schema: { type: "integer" }, value })),
    fc
      .constantFrom(true, null, "x")
      .map((value) => ({ schema: { type: ["boolean", "null", "string"] }, value })),
    fc.constantFrom("x", 1, null).map((value) => ({ schema: { const: value }, value })),
    fc.constantFrom("x", 1).map((value) => ({ schema: { enum: ["x", 1] }, value })),
    tie("fields").map(({ schema, value }) => ({ schema, value })),
    tie("sample").map(({ schema, value }) => ({
      schema: { type: "object", additionalProperties: schema },
      value: { k: value, "l m": value },
    })),
    tie("sample").map(({ schema, value }) => ({
      schema: { type: "array", items: schema },
      value: [value, value],
    })),
    fc.tuple(tie("sample"), tie("sample"), fc.nat({ max: 2 })).map(([one, two, minItems]) => ({
      schema: { type: "array", prefixItems: [one.schema, two.schema], minItems, items: false },
      value: [one.value, two.value].slice(0, Math.max(minItems, 1)),
    })),
    fc.tuple(tie("sample"), tie("sample")).map(([one, two]) => ({
      schema: { anyOf: [one.schema, two.schema] },
      value: one.value,
    })),
    fc.tuple(tie("fields"), tie("fields")).map(([one, { schema }]) => ({
      schema: { allOf: [one.schema, { ...schema, properties: { z: text }, required: ["z"] }] },
      value: { ...one.value, z: "x" },
    })),
  ),
  fields: fc.tuple(tie("sample"), tie("sample"), fc.boolean()).map(([one, two, isFull]) => ({
    schema: { type: "object", properties: { a: one.schema, "b c": two.schema }, required: ["a"] },
    value: isFull ? { a: one.value, "b c": two.value } : { a: one.value },
  })),
})).sample;

interface Fields {
  readonly schema: JsonSchema;
  readonly value: Readonly<Record<string, unknown>>;
}

/** The errors of a module on the compiler's strictest settings. */
function errorsOf(source: string): readonly string[] {
  const options: ts.CompilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    target: ts.ScriptTarget.ES2023,
    types: [],
    noEmit: true,
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  host.getSourceFile = (name, version) =>
    name === "types.ts" ? ts.createSourceFile(name, source, version) : getSourceFile(name, version);
  const program = ts.createProgram(["types.ts"], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText, start = 0 }) => {
    const line = source.slice(0, start).split("\n").length - 1;
    return `${ts.flattenDiagnosticMessageText(messageText, "\n")}\n${source
      .split("\n")
      .slice(Math.max(0, line - 2), line + 1)
      .join("\n")}`;
  });
}

test("takes a value if and only if the validator does", () => {
  const samples = fc.sample(sample, { numRuns: 150, seed: 7 });
  const printer = new TypePrinter();
  const verdicts = { fits: 0, fails: 0 };
  const lines = samples.flatMap(({ schema, value }, index) => {
    const type = printer.print(schema, "Root", 0).replaceAll("\n", " ");
    const validate = validatorOf(schema);
    const values = [value, ...[1, 2, 3].map((step) => samples[(index + step) % samples.length]?.value)];
    return [
      `type T${index} = ${type};`,
      ...values.map((one, place) => {
        const fits = !("issues" in (validate(one) as object));
        verdicts[fits ? "fits" : "fails"]++;
        const literal = new TypePrinter().print({ const: one }, "Value", 0);
        return `export const x${index}_${place}: ${literal} extends T${index} ? true : false = ${fits};`;
      }),
    ];
  });
  expect(errorsOf(lines.join("\n"))).toEqual([]);
  expect(Math.min(verdicts.fits, verdicts.fails)).toBeGreaterThan(100);
});
