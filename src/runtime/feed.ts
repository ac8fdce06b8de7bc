import { integrationEventsOf } from "../domain/publication.ts";
import type { ServiceDefinition } from "../domain/service.ts";
import type { CloudEvent } from "../message/cloud-event.ts";
import type { RecordedEvent } from "../message/event.ts";
import { type LogPoint, logBeginning } from "../message/log-point.ts";
import { encodeToken } from "../message/token.ts";
import type { Clock } from "../ports/clock.ts";
import type { EventStore, LogPage } from "../ports/event-store.ts";
import type { FeedPage, FeedRequest, FeedSource } from "../ports/feed-source.ts";
import { verifyToken } from "./verify-token.ts";

/** The integration events of this service, made of its log whenever they are read: nothing is stored for them. */
export class Feed implements FeedSource {
  readonly #service: ServiceDefinition;
  readonly #events: EventStore;
  readonly #clock: Clock;

  constructor(parts: { service: ServiceDefinition; events: EventStore; clock: Clock }) {
    this.#service = parts.service;
    this.#events = parts.events;
    this.#clock = parts.clock;
  }

  async read(request: FeedRequest): Promise<FeedPage> {
    const { after, waitMs, signal } = request;
    const until = this.#clock.elapsed() + waitMs;
    let point =
      after === undefined
        ? logBeginning((await this.#events.head()).logId)
        : await verifyToken(this.#events, after);
    for (;;) {
      const { page, through } = await this.#readAfter(point, request);
      const leftMs = until - this.#clock.elapsed();
      if (page.events.length > 0 || leftMs <= 0 || signal?.aborted) return page;
      point = through;
      if (!page.more) await this.#waitForEvents(point, leftMs, signal);
    }
  }

  async #readAfter(
    point: LogPoint,
    { types, limit }: FeedRequest,
  ): Promise<{ readonly page: FeedPage; readonly through: LogPoint }> {
    const publications = this.#service.publications.filter(({ type }) => types?.includes(type) ?? true);
    const domainTypes = [...new Set(publications.flatMap(({ on }) => on))];
    const page = await this.#events.readLog({ after: point.position, limit, types: domainTypes });
    const events: CloudEvent[] = [];
    let last: RecordedEvent | undefined;
    for (const recorded of page.events) {
      const published = integrationEventsOf(this.#service.name, publications, recorded);
      if (events.length > 0 && events.length + published.length > limit) {
        const through = pointOf(page.through.logId, last as RecordedEvent);
        return { page: { events, next: encodeToken([through]), more: true }, through };
      }
      events.push(...published);
      last = recorded;
    }
    const more = page.events.length === limit || (await this.#endsEarly(page));
    return { page: { events, next: encodeToken([page.through]), more }, through: page.through };
  }

  /** Whether a page that is not full ends before the log does: the store keeps pages of large events short. */
  async #endsEarly({ events, through }: LogPage): Promise<boolean> {
    if (events.at(-1)?.position !== through.position) return false;
    return through.position < (await this.#events.head()).position;
  }

  /** Until there are events, the time is over or the signal aborts. */
  async #waitForEvents({ position }: LogPoint, ms: number, signal?: AbortSignal): Promise<void> {
    const waiting = new AbortController();
    const wake = () => waiting.abort("woken");
    signal?.addEventListener("abort", wake);
    const timer = this.#clock.sleep(ms, waiting.signal).then(wake);
    try {
      await this.#events.waitForEvents(position, waiting.signal);
    } finally {
      wake();
      signal?.removeEventListener("abort", wake);
      await timer;
    }
  }
}

function pointOf(logId: string, { position, id }: RecordedEvent): LogPoint {
  return { logId, position, eventId: id };
}
