import { MillraceError } from "../errors/millrace-error.ts";
import type { CloudEvent } from "../message/cloud-event.ts";
import type { FeedPage, FeedRequest, FeedSource } from "../ports/feed-source.ts";
import { askService, type HttpAnswer, type HttpServiceOptions, refusedBy } from "./http-service.ts";

/** Beyond the time that the service is asked to wait. */
const graceMs = 10_000;

/** The feed of another service over HTTP: `GET /v1/feeds/{service}`. */
export function httpFeed(service: string, options: HttpServiceOptions): FeedSource {
  return {
    async read(request) {
      const answer = await askService(options, pathOf(service, request), {
        timeoutMs: request.waitMs + graceMs,
        headers: {
          accept: "application/cloudevents-batch+json",
          prefer: `wait=${Math.ceil(request.waitMs / 1000)}`,
        },
        ...(request.signal === undefined ? {} : { signal: request.signal }),
      });
      if (answer.status === 200) return pageOf(answer, options.url);
      const { code, detail } = (answer.body ?? {}) as { readonly code?: unknown; readonly detail?: unknown };
      if (answer.status === 409 && code === "log-diverged") {
        throw new MillraceError("log-diverged", String(detail));
      }
      throw refusedBy(options.url, answer);
    },
  };
}

function pathOf(service: string, { after, types, limit }: FeedRequest): string {
  const query = new URLSearchParams({
    limit: String(limit),
    ...(after === undefined ? {} : { after }),
    ...(types === undefined ? {} : { types: types.join(",") }),
  });
  return `/v1/feeds/${service}?${query}`;
}

/** Throws `service-refused` for what is no page of a feed. */
function pageOf(answer: HttpAnswer, url: string): FeedPage {
  const { body, headers } = answer;
  const link = /<([^>]*)>\s*;\s*rel="?next"?/.exec(headers.get("link") ?? "")?.[1];
  const next =
    link === undefined ? null : new URLSearchParams(link.slice(link.indexOf("?") + 1)).get("after");
  if (!Array.isArray(body) || next === null || !body.every(isCloudEvent)) {
    throw new MillraceError(
      "service-refused",
      `The service at ${URL.canParse(url) ? new URL(url).host : "an address that is no URL"} answered with what is no page of a feed: expected a batch of CloudEvents and a link to the next page.`,
    );
  }
  return { events: body, next, more: headers.get("millrace-more") === "true" };
}

const texts = ["id", "source", "type", "subject", "time", "correlationid", "causationid"] as const;

function isCloudEvent(value: unknown): value is CloudEvent {
  if (typeof value !== "object" || value === null) return false;
  const event = value as Readonly<Record<string, unknown>>;
  return (
    event.specversion === "1.0" &&
    texts.every((name) => typeof event[name] === "string") &&
    (event.traceparent === undefined || typeof event.traceparent === "string") &&
    [event.dataversion, event.causationdepth].every(
      (number) => Number.isSafeInteger(number) && (number as number) >= 0,
    )
  );
}
