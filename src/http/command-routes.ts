import { commandPath } from "../domain/aggregate-checks.ts";
import type { AggregateDefinition } from "../domain/aggregate-definition.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import { isAggregateId } from "../message/stream.ts";
import type { CommandOutcome, CommandRequest, Running } from "../runtime/runtime.ts";
import { acceptedAnswer } from "./accepted-answer.ts";
import { type Exchange, type Handler, param, type Route } from "./exchange.ts";
import type { Gate } from "./gate.ts";
import { refusalProblem } from "./problem.ts";
import { readJson } from "./read-body.ts";
import { causation, expectedVersion, idempotencyKey, preferences, traceparent } from "./request-headers.ts";

export interface CommandRouteParts {
  readonly runtime: Running<"commands">;
  readonly gate: Gate;
  readonly maxBodyBytes: number;
}

/** Where commands of one aggregate are sent to: the creating one, each by its name, and event-shaped ones. */
export function commandRoutes(parts: CommandRouteParts, definition: AggregateDefinition): readonly Route[] {
  const { collection, creates, acceptsEvents, commands } = definition;
  const at = `/v1/${collection}`;
  const routes: Route[] = Object.keys(commands).map((type) => ({
    path: `${at}/{id}/commands/${commandPath(type)}`,
    methods: { POST: commandHandler(parts, definition, type, "named") },
  }));
  if (creates !== undefined) {
    routes.push({ path: at, methods: { POST: commandHandler(parts, definition, creates, "created") } });
  }
  routes.push({ path: `${at}/{id}/commands/{command}`, methods: { POST: unknownCommand(definition) } });
  if (acceptsEvents !== undefined) {
    routes.push({ path: `${at}/{id}/events`, methods: { POST: eventHandler(parts, definition) } });
  }
  return routes;
}

function commandHandler(
  { runtime, gate, maxBodyBytes }: CommandRouteParts,
  definition: AggregateDefinition,
  type: string,
  target: "created" | "named",
): Handler {
  const { name } = definition;
  return async (exchange) => {
    gate.requireCommand(name, type, exchange.actor);
    // All headers are read before anything happens: what is malformed must change nothing.
    const { withState, ...asked } = requestOf(exchange, gate, name);
    const aggregateId = target === "named" ? idOf(exchange, name) : undefined;
    const data = await readJson(exchange.request, maxBodyBytes);
    const outcome = await runtime.commands.handle({
      aggregate: name,
      type,
      data,
      ...(aggregateId === undefined ? {} : { aggregateId }),
      ...asked,
    });
    return answer(outcome, definition, target === "created" ? 201 : 200, withState);
  };
}

/** The event's mapping chooses the command, so it takes an actor who may send every command. */
function eventHandler(
  { runtime, gate, maxBodyBytes }: CommandRouteParts,
  definition: AggregateDefinition,
): Handler {
  const { name, commands } = definition;
  return async (exchange) => {
    for (const type of Object.keys(commands)) {
      if (type !== definition.creates) gate.requireCommand(name, type, exchange.actor);
    }
    const { withState, ...asked } = requestOf(exchange, gate, name);
    const aggregateId = idOf(exchange, name);
    const body = await readJson(exchange.request, maxBodyBytes);
    const outcome = await runtime.commands.handleEvent({ aggregate: name, aggregateId, body, ...asked });
    return answer(outcome, definition, 200, withState);
  };
}

function unknownCommand({ name, commands }: AggregateDefinition): Handler {
  const known = Object.keys(commands).map(commandPath);
  return (exchange) => {
    throw new MillraceError(
      "command-unknown",
      `${name} has no command ${JSON.stringify(param(exchange, "command").slice(0, 100))}; expected one of ${known.join(", ")}.`,
      { data: { aggregate: name, expected: known } },
    );
  };
}

type Asked = Pick<CommandRequest, "idempotencyKey" | "expectedVersion" | "metadata">;

/** What the headers ask for. Whoever may command but not read is not shown the state either. */
function requestOf(
  { request: { headers }, actor }: Exchange,
  gate: Gate,
  aggregate: string,
): Asked & { readonly withState: boolean } {
  const key = idempotencyKey(headers);
  const expected = expectedVersion(headers);
  const trace = traceparent(headers);
  const { returnsRepresentation } = preferences(headers);
  return {
    withState: returnsRepresentation && gate.mayReadAggregate(aggregate, actor),
    ...(key === undefined ? {} : { idempotencyKey: key }),
    ...(expected === undefined ? {} : { expectedVersion: expected }),
    metadata: {
      ...causation(headers),
      ...(actor === undefined ? {} : { actor: actor.id }),
      ...(trace === undefined ? {} : { traceparent: trace }),
    },
  };
}

/** The `{id}` of the path. Throws `request-malformed`. */
export function idOf(exchange: Exchange, aggregate: string): string {
  const id = param(exchange, "id");
  if (isAggregateId(id)) return id;
  throw new MillraceError(
    "request-malformed",
    `The id of ${aggregate} has 1 to 200 of the characters A-Z a-z 0-9 . _ : ~ @ - and starts with a letter or digit; found ${JSON.stringify(id.slice(0, 100))}.`,
  );
}

function answer(
  outcome: CommandOutcome,
  { collection }: AggregateDefinition,
  status: 200 | 201,
  withState: boolean,
): Response {
  return outcome.status === "refused"
    ? refusalProblem(outcome)
    : acceptedAnswer(outcome, collection, status, withState);
}
