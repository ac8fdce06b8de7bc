import { type Schema as Draft, type OutputUnit, Validator } from "@cfworker/json-schema";
import type { JsonSchema, Schema } from "./schema.ts";

/**
 * Validates by a JSON Schema, as a Standard Schema does: the value is passed on as it is. Fields that are undefined are
 * as good as absent, since JSON leaves them out.
 */
export function validatorOf(schema: JsonSchema): Schema["~standard"]["validate"] {
  // The validator marks what it is given, which may be frozen, or part of another schema.
  const validator = new Validator(JSON.parse(JSON.stringify(schema)) as Draft, "2020-12", false);
  return (value) => {
    try {
      const { valid, errors } = validated(validator, value);
      return valid ? { value } : { issues: innermost(errors).map(issueOf) };
    } catch (error) {
      // What is no JSON, or a schema that refers to what it does not hold.
      return { issues: [{ message: error instanceof Error ? error.message : String(error) }] };
    }
  };
}

function validated(validator: Validator, value: unknown): ReturnType<Validator["validate"]> {
  try {
    return validator.validate(value);
  } catch (error) {
    const json: string | undefined = JSON.stringify(value);
    if (json === undefined) throw error;
    return validator.validate(JSON.parse(json));
  }
}

/** Every schema around one that fails fails too; what helps is the innermost. */
function innermost(errors: readonly OutputUnit[]): readonly OutputUnit[] {
  return errors.filter(
    ({ keywordLocation }) => !errors.some((other) => other.keywordLocation.startsWith(`${keywordLocation}/`)),
  );
}

function issueOf({ instanceLocation, error }: OutputUnit) {
  const path = instanceLocation
    .replace(/^#\/?/, "")
    .split("/")
    .filter((key) => key !== "")
    .map((key) => decodeURIComponent(key).replaceAll("~1", "/").replaceAll("~0", "~"));
  return { path, message: error };
}

/** A JSON Schema as a schema: what it does not speak of may be there, so that others can add fields. */
export function jsonSchema(schema: JsonSchema): Schema {
  const validate = validatorOf(schema);
  return {
    "~standard": {
      version: 1,
      vendor: "millrace-contract",
      validate,
      jsonSchema: { input: () => schema, output: () => schema },
    },
  };
}
