import type { AggregateDefinition } from "./aggregate-definition.ts";
import { eventOptionsOf } from "./event-definition.ts";
import { requireDeclared } from "./require-declared.ts";
import type { Schema } from "./schema.ts";

const namePattern = /^[a-z][A-Za-z0-9]{0,59}$/;
const collectionPattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const messageNamePattern = /^[A-Za-z][A-Za-z0-9_]{0,99}$/;

/** Throws `declaration-invalid` for what the compiler cannot see in an aggregate. */
export function checkAggregate(definition: AggregateDefinition): void {
  const { name } = definition;
  requireDeclared(
    namePattern.test(name),
    `An aggregate's name is camelCase letters and digits, such as "account"; found ${JSON.stringify(name)}.`,
    { aggregate: name },
  );
  requireDeclared(
    collectionPattern.test(definition.collection),
    `The collection of ${name} must be kebab-case, such as "accounts"; found ${JSON.stringify(definition.collection)}.`,
  );
  checkMessages(name, "event", definition.events, definition.evolve, "evolve");
  checkMessages(name, "command", definition.commands, definition.decide, "decide");
  checkName(name, "creates", definition.creates, definition.commands);
  checkName(name, "begins", definition.begins, definition.events);
  requireDeclared(
    (definition.creates === undefined) === (definition.begins === undefined),
    `${name} must declare both "creates" and "begins", or neither: the creating command's first event begins the stream.`,
  );
  requirePositiveInteger(definition.stateVersion, `stateVersion of ${name}`);
  requirePositiveInteger(definition.snapshotEvery, `snapshotEvery of ${name}`);
  for (const [type, schema] of Object.entries(definition.events)) checkUpcasters(`${name}.${type}`, schema);
  for (const type of Object.keys(definition.when)) checkName(name, "when", type, definition.commands);
  const paths = Object.keys(definition.commands).map(commandPath);
  const clash = paths.find((path, index) => paths.indexOf(path) !== index);
  requireDeclared(clash === undefined, `Two commands of ${name} have the same path, "${clash}".`);
}

/** How a command is spelled in a URL: `SuspendAccount` is `suspend-account`. */
export function commandPath(type: string): string {
  return type
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1-$2")
    .replaceAll("_", "-")
    .toLowerCase();
}

function checkMessages(
  aggregate: string,
  kind: "event" | "command",
  schemas: Readonly<Record<string, Schema>>,
  handlers: Readonly<Record<string, unknown>>,
  handledBy: string,
): void {
  requireDeclared(
    Object.keys(schemas).length > 0,
    `${aggregate} declares no ${kind}s; expected at least one.`,
  );
  for (const [type, schema] of Object.entries(schemas)) {
    requireDeclared(
      messageNamePattern.test(type),
      `The ${kind} ${JSON.stringify(type)} of ${aggregate} must be named with letters, digits and underscores.`,
    );
    requireDeclared(
      typeof schema?.["~standard"]?.validate === "function",
      `The ${kind} ${type} of ${aggregate} needs a Standard Schema (zod, valibot, arktype); found ${typeof schema}.`,
    );
    requireDeclared(
      typeof handlers[type] === "function",
      `${aggregate}.${handledBy} has no handler for ${type}.`,
    );
  }
  const unknown = Object.keys(handlers).find((type) => !(type in schemas));
  requireDeclared(
    unknown === undefined,
    `${aggregate}.${handledBy} handles ${unknown}, which is not among its ${kind}s: ${Object.keys(schemas).join(", ")}.`,
  );
}

function checkName(
  aggregate: string,
  field: string,
  name: string | undefined,
  known: Readonly<Record<string, unknown>>,
): void {
  requireDeclared(
    name === undefined || name in known,
    `${field} of ${aggregate} names ${JSON.stringify(name)}; expected one of ${Object.keys(known).join(", ")}.`,
  );
}

/** An upcaster for every version below the current one, and for no other: no gap, no cycle, no duplicate. */
function checkUpcasters(event: string, schema: Schema): void {
  const { version = 1, upcast = {} } = eventOptionsOf(schema);
  requirePositiveInteger(version, `version of ${event}`);
  const expected = Array.from({ length: version - 1 }, (_, index) => String(index + 1));
  const found = Object.keys(upcast);
  requireDeclared(
    expected.every((from) => found.includes(from)) && found.length === expected.length,
    `${event} has version ${version}, so it needs upcasters from ${expected.join(", ") || "no version"}; found ${found.join(", ") || "none"}.`,
    { event, expected, found },
  );
}

export function requirePositiveInteger(value: number, what: string): void {
  requireDeclared(
    Number.isSafeInteger(value) && value >= 1,
    `${what} must be a whole number of at least 1; found ${value}.`,
  );
}
