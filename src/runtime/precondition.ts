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
  if (expectedVersion !== undefined && expectedVersion !== (version === 0 ? "none" : version)) return false;
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
  if (expectedVersion !== undefined) {
    return new MillraceError(
      "version-mismatch",
      `${name} ${aggregateId} was required at version ${expectedVersion} and is at ${version === 0 ? "none" : version}.`,
      { data },
    );
  }
  return new MillraceError("aggregate-exists", `The ${name} ${aggregateId} exists already.`, { data });
}
