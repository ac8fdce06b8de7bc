import type { CloudEvent } from "../message/cloud-event.ts";

/** The integration events of a service in commit order, as another service reads them: over HTTP, or in one process. */
export interface FeedSource {
  /**
   * The events after a cursor. Resolves with none once the time allowed is over, or the signal aborts. Rejects with `log-diverged`
   * where the cursor is of another log, or of one that was restored to an earlier day; with `service-unavailable`
   * while the service cannot be reached or is busy; with `service-refused` where it says no.
   */
  read(request: FeedRequest): Promise<FeedPage>;
}

export interface FeedRequest {
  /** The `next` of an earlier page; absent: from the beginning. */
  readonly after?: string;
  /** Types to give; absent: all. */
  readonly types?: readonly string[];
  /** The most events to give, from 1 to 1,000, but always all of one domain event. */
  readonly limit: number;
  /** How long to wait for an event where there is none yet, in milliseconds. */
  readonly waitMs: number;
  readonly signal?: AbortSignal;
}

export interface FeedPage {
  readonly events: readonly CloudEvent[];
  /** A cursor: continue after it. It moves on past what is not published, too. */
  readonly next: string;
  /** Whether there may be more at once. */
  readonly more: boolean;
}
