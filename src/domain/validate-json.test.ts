import { expect, test } from "vitest";
import { parse } from "./schema.ts";
import { validatorOf } from "./validate-json.ts";

function issuesOf(schema: object, value: unknown) {
  const validate = validatorOf(schema as Readonly<Record<string, unknown>>);
  return parse({ "~standard": { version: 1, vendor: "test", validate } }, value).issues;
}

test("what fits is passed on as it is", () => {
  const value = { a: 1, more: true };
  const validate = validatorOf({ type: "object", properties: { a: { type: "integer" } } });
  expect(validate(value)).toEqual({ value });
});

test("what does not fit is told with a JSON Pointer to the innermost place", () => {
  const schema = {
    type: "object",
    properties: {
      "a/b": { type: "array", items: { type: "object", properties: { "%~": { type: "number" } } } },
    },
  };
  expect(issuesOf(schema, { "a/b": [{ "%~": 1 }, { "%~": "x" }] })).toEqual([
    { pointer: "/a~1b/1/%~0", message: expect.stringMatching(/"string".*"number"/) },
  ]);
  expect(issuesOf(schema, 5)).toMatchObject([{ pointer: "" }]);
});

test("a field that is undefined is as good as absent", () => {
  const schema = { type: "object", properties: { a: { type: "string" } } };
  expect(issuesOf(schema, { a: undefined })).toBeUndefined();
  expect(issuesOf({ ...schema, required: ["a"] }, { a: undefined })).toMatchObject([
    { message: expect.stringMatching(/required property "a"/) },
  ]);
});

test("what JSON does not know does not fit", () => {
  for (const value of [undefined, 1n, () => 1]) expect(issuesOf({}, value)).toHaveLength(1);
});

test("a schema that refers to what it does not hold lets nothing through", () => {
  expect(issuesOf({ $ref: "#/$defs/nothing" }, 1)).toMatchObject([
    { message: expect.stringMatching(/Unresolved \$ref/) },
  ]);
});

test("a schema may be frozen, and part of several", () => {
  const shared = Object.freeze({ $ref: "#/$defs/n" });
  expect(issuesOf(Object.freeze({ ...shared, $defs: { n: { type: "number" } } }), 1)).toBeUndefined();
  const other = { properties: { a: shared }, $defs: { n: { type: "string" } } };
  expect(issuesOf(other, { a: 1 })).toHaveLength(1);
});
