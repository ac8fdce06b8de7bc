import type { MillraceError } from "../../src/errors/millrace-error.ts";
import type { CloudEvent } from "../../src/message/cloud-event.ts";
import type { FeedPage, FeedRequest, FeedSource } from "../../src/ports/feed-source.ts";

/** A feed that a test writes by hand; cursors are indexes. */
export class WrittenFeed implements FeedSource {
  readonly events: CloudEvent[] = [];
  readonly requests: FeedRequest[] = [];
  pageSize = 1000;
  failure: MillraceError | undefined;

  add(...events: readonly Partial<CloudEvent>[]): void {
    for (const event of events) this.events.push(cloudEvent(event));
  }

  async read(request: FeedRequest): Promise<FeedPage> {
    this.requests.push(request);
    if (this.failure !== undefined) throw this.failure;
    const from = Number(request.after ?? 0);
    const to = Math.min(this.events.length, from + this.pageSize);
    return { events: this.events.slice(from, to), next: String(to), more: to < this.events.length };
  }
}

function cloudEvent(event: Partial<CloudEvent>): CloudEvent {
  return {
    specversion: "1.0",
    id: "1.0/MoneyReceived/0",
    source: "wallet-bank",
    type: "MoneyReceived",
    subject: "w1",
    time: "2026-01-01T00:00:00.000Z",
    datacontenttype: "application/json",
    dataversion: 1,
    correlationid: "c1",
    causationid: "1.0",
    causationdepth: 0,
    data: { owner: "o", amount: 1 },
    ...event,
  };
}

export function money(id: string, amount: number, subject = "w1"): Partial<CloudEvent> {
  return { id, subject, data: { owner: "o", amount } };
}
