import { requireDeclared } from "./require-declared.ts";
import { parse } from "./schema.ts";
import { validatorOf } from "./validate-json.ts";

const jsonSchema = { type: ["object", "boolean"] };
const version = { type: "integer", minimum: 1 };
const versioned = {
  type: "object",
  properties: { version, schema: jsonSchema },
  required: ["version", "schema"],
};

/** Members under names that a pattern allows. */
function named(pattern: string, member: object) {
  return { type: "object", propertyNames: { pattern }, additionalProperties: member };
}

const messageName = "^[A-Za-z][A-Za-z0-9_]{0,99}$";
const kebabCase = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$";

/** The format of a contract. What is unknown in it is passed over, so that the format may grow. */
const format = {
  type: "object",
  properties: {
    millraceContract: { const: 1 },
    service: { type: "string", pattern: kebabCase },
    events: named(messageName, versioned),
    aggregates: named("^[a-z][A-Za-z0-9]*$", {
      type: "object",
      properties: {
        collection: { type: "string", pattern: kebabCase },
        commands: named(messageName, jsonSchema),
      },
      required: ["collection", "commands"],
    }),
    views: named(kebabCase, versioned),
  },
  required: ["millraceContract", "service", "events", "aggregates", "views"],
};

const formatSchema = {
  "~standard": { version: 1, vendor: "millrace-contract", validate: validatorOf(format) },
} as const;

/** Throws `declaration-invalid` for what is no contract. */
export function requireContract(document: unknown): void {
  const { issues = [] } = parse(formatSchema, document);
  requireDeclared(
    issues.length === 0,
    `A contract is a document that "millrace contracts write" wrote; found ${shown(document)}, in which ${issues.map(({ pointer, message }) => `${pointer || "/"} does not fit: ${message}`).join("; ")}`,
    { issues },
  );
}

/**
 * Throws unless the upcasters of an event of a contract lead from some older version to the contract's without a gap. They need not
 * begin at 1, since nobody holds events that were published before it used the contract.
 */
export function requireUpcasters(
  service: string,
  type: string,
  version: number | undefined,
  found: readonly string[],
): void {
  requireDeclared(
    version !== undefined,
    `The contract of ${service} names no event ${type}, for which there are upcasters.`,
  );
  const expected = Array.from({ length: found.length }, (_, index) => String(version - found.length + index));
  requireDeclared(
    found.length < version && expected.every((from) => found.includes(from)),
    `${type} has version ${version} in the contract of ${service}, so it takes upcasters from ${version === 1 ? "no version" : `a version of 1 to ${version - 1} and all between it and ${version}`}; found ${found.join(", ") || "none"}.`,
    { event: type, version, found },
  );
}

function shown(document: unknown): string {
  return String(JSON.stringify(document)).slice(0, 100);
}
