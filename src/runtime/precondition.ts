import type { AggregateDefinition } from "../domain/aggregate-definition.ts";
import type { Situation } from "../domain/decide.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import type { PreparedCommand } from "./prepare-command.ts";

/** Whether the aggregate exists, or not, as the command needs, at the version that the caller requires. */
export function meetsPrecondition(
  definition: AggregateDefinition,
  { creates, expectedVersion }: PreparedCommand,
  { version }: Situation,
): boolean {
  if (!isAsRequired(expectedVersion, version)) return false;
  return definition.creates === undefined || creates === (version === 0);
}

/** What to say where it does not. */
export function missedPrecondition(
  definition: AggregateDefinition,
  { aggregateId, creates, expectedVersion }: PreparedCommand,
  { version }: Situation,
): MillraceError {
  const { name } = definition;
  const data = { aggregate: name, id: aggregateId, expected: expectedVersion, actual: version };
  if (definition.creates !== undefined && version === 0 && !creates) {
    return new MillraceError("aggregate-not-found", `There is no ${name} ${aggregateId}.`, { data });
  }
  if (!isAsRequired(expectedVersion, version)) {
    const required = expectedVersion === "exists" ? "to exist" : `at version ${expectedVersion}`;
    const found = version === 0 ? "does not exist" : `is at ${version}`;
    return new MillraceError(
      "version-mismatch",
      `${name} ${aggregateId} was required ${required} and ${found}.`,
      { data },
    );
  }
  return new MillraceError("aggregate-exists", `The ${name} ${aggregateId} exists already.`, { data });
}

function isAsRequired(expected: PreparedCommand["expectedVersion"], version: number): boolean {
  switch (expected) {
    case undefined:
      return true;
    case "exists":
      return version > 0;
    case "none":
      return version === 0;
    default:
      return expected === version;
  }
}
