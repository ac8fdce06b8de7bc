import type { ServiceDefinition } from "../domain/service.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import type { FeedPage, FeedRequest } from "../ports/feed-source.ts";
import type { Running } from "../runtime/runtime.ts";
import { eventStream, type StreamSettings, wantsStream } from "./event-stream.ts";
import { type Exchange, param, queryOf, type Route, wholeNumber } from "./exchange.ts";
import type { Gate } from "./gate.ts";
import { preferences } from "./request-headers.ts";

/** The JSON batch format of CloudEvents 1.0. */
const batchType = "application/cloudevents-batch+json";

/** How long a stream waits for news before it looks whether it may go on. */
const streamWaitMs = 20_000;

/** What a service publishes: pages of integration events, or a stream of them. */
export function feedRoutes(runtime: Running<"feed">, gate: Gate, streams: StreamSettings): readonly Route[] {
  const { name, publications } = runtime.service;
  if (publications.length === 0) return [];
  const at = `/v1/feeds/${name}`;
  return [
    {
      path: at,
      methods: {
        GET: (exchange) => {
          gate.requireReadFeed(exchange.actor);
          const asked = requestOf(exchange);
          return wantsStream(exchange.request)
            ? stream(runtime, exchange, asked, streams)
            : page(runtime, at, exchange, asked);
        },
      },
    },
  ];
}

/** Says which feeds there are to who asks for another. */
export function unknownFeedRoutes(services: readonly ServiceDefinition[]): readonly Route[] {
  const known = services.filter(({ publications }) => publications.length > 0).map(({ name }) => name);
  const expected = known.length > 0 ? known.join(", ") : "none, because nothing is published here";
  return [
    {
      path: "/v1/feeds/{service}",
      methods: {
        GET: (exchange) => {
          throw new MillraceError(
            "feed-not-found",
            `There is no feed ${JSON.stringify(param(exchange, "service").slice(0, 100))}; expected ${expected}.`,
          );
        },
      },
    },
  ];
}

function requestOf(exchange: Exchange): Omit<FeedRequest, "waitMs"> {
  const query = queryOf(exchange, ["after", "types", "limit"]);
  const after = exchange.request.headers.get("last-event-id") ?? query.get("after");
  const types = query
    .get("types")
    ?.split(",")
    .filter((type) => type !== "");
  return {
    limit: wholeNumber(query.get("limit"), "limit", { otherwise: 100, min: 1, max: 1000 }),
    ...(after === undefined || after === "" ? {} : { after }),
    // Types that are not published here are let through: a reader may know of more than this version does.
    ...(types === undefined ? {} : { types }),
  };
}

async function page(
  runtime: Running<"feed">,
  at: string,
  { request }: Exchange,
  asked: Omit<FeedRequest, "waitMs">,
): Promise<Response> {
  const waitMs = preferences(request.headers).waitMs ?? 0;
  const { events, next, more } = await runtime.feed.read({ ...asked, waitMs, signal: request.signal });
  const query = new URLSearchParams({
    after: next,
    ...(asked.types === undefined ? {} : { types: asked.types.join(",") }),
    limit: String(asked.limit),
  });
  return new Response(JSON.stringify(events), {
    status: 200,
    headers: {
      "content-type": batchType,
      "cache-control": "no-store",
      link: `<${at}?${query}>; rel="next"`,
      "millrace-more": String(more),
      vary: "accept",
    },
  });
}

/** Each integration event as a server-sent event; the last of a page carries the cursor, so that a resume never begins within one. */
function stream(
  runtime: Running<"feed">,
  exchange: Exchange,
  asked: Omit<FeedRequest, "waitMs">,
  streams: StreamSettings,
): Promise<Response> {
  return eventStream(exchange, streams, (signal) => pages(runtime, asked, signal));
}

async function* pages(
  runtime: Running<"feed">,
  asked: Omit<FeedRequest, "waitMs">,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let { after } = asked;
  while (!signal.aborted) {
    const read: FeedPage = await runtime.feed.read({
      ...asked,
      ...(after === undefined ? {} : { after }),
      waitMs: streamWaitMs,
      signal,
    });
    after = read.next;
    const texts = read.events.map((event) => `event: message\ndata: ${JSON.stringify(event)}\n\n`);
    const last = texts.pop();
    if (last !== undefined) yield `${texts.join("")}id: ${read.next}\n${last}`;
  }
}
