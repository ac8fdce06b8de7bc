import { commandPath } from "../domain/aggregate-checks.ts";
import type { AggregateDefinition } from "../domain/aggregate-definition.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import type { RecordedEvent } from "../message/event.ts";
import type { Running } from "../runtime/runtime.ts";
import { aggregateLinks, etagOf } from "./accepted-answer.ts";
import { halAnswer, taggedAnswer } from "./answers.ts";
import { idOf } from "./command-routes.ts";
import { type Exchange, type Handler, param, queryOf, type Route, wholeNumber } from "./exchange.ts";
import type { Gate } from "./gate.ts";
import { inputSchemaOf } from "./json-schemas.ts";

const defaultPage = 100;
const largestPage = 1000;

/** What can be read of one aggregate: its state, its history, the commands it would be offered now. */
export function aggregateRoutes(
  runtime: Running<"commands">,
  gate: Gate,
  definition: AggregateDefinition,
): readonly Route[] {
  const at = `/v1/${definition.collection}/{id}`;
  const readable =
    (handler: (exchange: Exchange, id: string) => Promise<Response>): Handler =>
    async (exchange) => {
      gate.requireReadAggregate(definition.name, exchange.actor);
      return handler(exchange, idOf(exchange, definition.name));
    };
  return [
    { path: at, methods: { GET: readable((exchange, id) => state(runtime, definition, exchange, id)) } },
    {
      path: `${at}/events`,
      methods: { GET: readable((exchange, id) => history(runtime, definition, exchange, id)) },
    },
    {
      path: `${at}/events/{version}`,
      methods: { GET: readable((exchange, id) => oneEvent(runtime, definition, exchange, id)) },
    },
    {
      path: `${at}/commands`,
      methods: { GET: readable((exchange, id) => offered(runtime, gate, definition, exchange, id)) },
    },
  ];
}

async function state(
  runtime: Running<"commands">,
  { name, collection }: AggregateDefinition,
  exchange: Exchange,
  id: string,
): Promise<Response> {
  const loaded = await runtime.commands.load(name, id, momentOf(exchange));
  const { version, stateVersion } = loaded;
  return taggedAnswer(exchange.request, etagOf(version, stateVersion), () => ({
    id,
    version,
    state: loaded.state,
    _links: aggregateLinks(`/v1/${collection}/${id}`),
  }));
}

/** `?version=` or `?at=`: when to look. */
function momentOf(exchange: Exchange): { version: number } | { time: number } | undefined {
  const query = queryOf(exchange, ["version", "at"]);
  const version = query.get("version");
  const at = query.get("at");
  if (version !== undefined && at !== undefined) {
    throw new MillraceError("request-malformed", "Expected version or at; found both.");
  }
  if (version !== undefined) {
    return {
      version: wholeNumber(version, "version", { otherwise: 0, min: 1, max: Number.MAX_SAFE_INTEGER }),
    };
  }
  return at === undefined ? undefined : { time: timeOf(at) };
}

const isoPattern = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/;

function timeOf(at: string): number {
  // In a query a plus sign is a space, and whoever writes an offset by hand forgets to escape it.
  const text = at.replace(" ", "+");
  const time = /^\d{1,15}$/.test(text) ? Number(text) : isoPattern.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new MillraceError(
    "request-malformed",
    `The parameter at is an ISO 8601 time with an offset, such as 2026-01-31T12:00:00Z, or epoch milliseconds; found ${JSON.stringify(at.slice(0, 100))}.`,
  );
}

async function history(
  runtime: Running<"commands">,
  { name, collection }: AggregateDefinition,
  exchange: Exchange,
  id: string,
): Promise<Response> {
  const query = queryOf(exchange, ["from", "limit"]);
  const from = wholeNumber(query.get("from"), "from", { otherwise: 1, min: 1, max: Number.MAX_SAFE_INTEGER });
  const limit = wholeNumber(query.get("limit"), "limit", {
    otherwise: defaultPage,
    min: 1,
    max: largestPage,
  });
  // One more than asked for tells whether there is a next page.
  const events = await runtime.commands.history(name, id, { from, limit: limit + 1 });
  const at = `/v1/${collection}/${id}`;
  const next =
    events.length > limit ? { next: { href: `${at}/events?from=${from + limit}&limit=${limit}` } } : {};
  return halAnswer({
    _embedded: {
      events: events.slice(0, limit).map((event) => ({
        ...eventBody(event),
        _links: { self: { href: eventPath(at, event.version) } },
      })),
    },
    _links: {
      self: { href: `${at}/events?from=${from}&limit=${limit}` },
      aggregate: { href: at },
      ...next,
    },
  });
}

async function oneEvent(
  runtime: Running<"commands">,
  { name, collection }: AggregateDefinition,
  exchange: Exchange,
  id: string,
): Promise<Response> {
  const bounds = { otherwise: 0, min: 1, max: Number.MAX_SAFE_INTEGER };
  const version = wholeNumber(param(exchange, "version"), "version", bounds);
  const [event] = await runtime.commands.history(name, id, { from: version, limit: 1 });
  if (event === undefined) {
    throw new MillraceError("version-not-found", `${name} ${id} has no event of version ${version}.`, {
      data: { aggregate: name, id, found: version },
    });
  }
  const at = `/v1/${collection}/${id}`;
  // An event never changes, so its id is tag enough. An imported event's id may hold what no header can.
  return taggedAnswer(exchange.request, `"${encodeURIComponent(event.id)}"`, () => ({
    ...eventBody(event),
    _links: { self: { href: eventPath(at, version) }, aggregate: { href: at } },
  }));
}

function eventPath(at: string, version: number): string {
  return `${at}/events/${version}`;
}

function eventBody({
  id,
  type,
  version,
  position,
  recordedAt,
  schemaVersion,
  data,
  metadata,
}: RecordedEvent) {
  return {
    id,
    type,
    version,
    position,
    recordedAt: new Date(recordedAt).toISOString(),
    schemaVersion,
    data,
    metadata,
  };
}

async function offered(
  runtime: Running<"commands">,
  gate: Gate,
  definition: AggregateDefinition,
  { actor }: Exchange,
  id: string,
): Promise<Response> {
  const at = `/v1/${definition.collection}/${id}`;
  const types = await runtime.commands.offered(definition.name, id);
  const commands = types
    .filter((type) => gate.mayCommand(definition.name, type, actor))
    .map((type) => {
      const schema = inputSchemaOf(definition.commands[type], `the command ${definition.name}.${type}`);
      return {
        type,
        title: typeof schema.title === "string" ? schema.title : wordsOf(type),
        description: schema.description,
        method: "POST",
        href: `${at}/commands/${commandPath(type)}`,
        schema,
      };
    });
  return halAnswer({ commands, _links: { self: { href: `${at}/commands` }, aggregate: { href: at } } });
}

/** How people read a command's name: `SuspendAccount` is "Suspend account". */
function wordsOf(type: string): string {
  const words = commandPath(type).replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
