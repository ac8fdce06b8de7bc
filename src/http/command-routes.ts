import { commandPath } from "../domain/aggregate-checks.ts";
import type { AggregateDefinition } from "../domain/aggregate-definition.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import { isAggregateId } from "../message/stream.ts";
import type { CommandOutcome, CommandRequest, Runtime } from "../runtime/runtime.ts";
import { acceptedAnswer } from "./accepted-answer.ts";
import { type Exchange, type Handler, param, type Route } from "./exchange.ts";
import type { Gate } from "./gate.ts";
import { refusalProblem } from "./problem.ts";
import { readJson } from "./read-body.ts";
import { expectedVersion, idempotencyKey, preferences, traceparent } from "./request-headers.ts";

export interface CommandRouteParts {
  readonly runtime: Runtime;
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
    const asked = requestOf(exchange);
    const aggregateId = target === "named" ? idOf(exchange, name) : undefined;
    const data = await readJson(exchange.request, maxBodyBytes);
    const outcome = await runtime.commands.handle({
      aggregate: name,
      type,
      data,
      ...(aggregateId === undefined ? {} : { aggregateId }),
      ...asked,
    });
    return answer(outcome, exchange, definition, gate, target === "created" ? 201 : 200);
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
    const asked = requestOf(exchange);
    const aggregateId = idOf(exchange, name);
    const body = await readJson(exchange.request, maxBodyBytes);
    const outcome = await runtime.commands.handleEvent({ aggregate: name, aggregateId, body, ...asked });
    return answer(outcome, exchange, definition, gate, 200);
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

/** What the headers ask for. */
function requestOf({
  request,
  actor,
}: Exchange): Pick<CommandRequest, "idempotencyKey" | "expectedVersion" | "metadata"> {
  const { headers } = request;
  const key = idempotencyKey(headers);
  const expected = expectedVersion(headers);
  const trace = traceparent(headers);
  return {
    ...(key === undefined ? {} : { idempotencyKey: key }),
    ...(expected === undefined ? {} : { expectedVersion: expected }),
    metadata: {
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
  { request, actor }: Exchange,
  { name, collection }: AggregateDefinition,
  gate: Gate,
  status: 200 | 201,
): Response {
  if (outcome.status === "refused") return refusalProblem(outcome);
  // Whoever may command but not read is not shown the state either.
  const withState = preferences(request.headers).returnsRepresentation && gate.mayReadAggregate(name, actor);
  return acceptedAnswer(outcome, collection, status, withState);
}
