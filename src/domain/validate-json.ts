import { type Schema as Draft, type OutputUnit, Validator } from "@cfworker/json-schema";
import type { JsonSchema, Schema } from "./schema.ts";

/** Validates by a JSON Schema, as a Standard Schema does: the value is passed on as it is. */
export function validatorOf(schema: JsonSchema): Schema["~standard"]["validate"] {
  const validator = new Validator(schema as Draft, "2020-12", false);
  return (value) => {
    const { valid, errors } = validator.validate(value);
    return valid ? { value } : { issues: innermost(errors).map(issueOf) };
  };
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
