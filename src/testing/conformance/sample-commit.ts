import type { NewEvent } from "../../message/event.ts";
import type { ExpectedVersion } from "../../message/expected-version.ts";
import { eventIdOf, newId } from "../../message/id.ts";
import type { Commit, StreamAppend } from "../../ports/event-store.ts";

/** What a sample event may be given; `id` and the rest follow from its command. */
export type EventSketch = Partial<Pick<NewEvent, "data" | "tags" | "schemaVersion" | "metadata" | "id">> & {
  readonly type?: string;
};

export interface AppendSketch {
  readonly stream: string;
  /** Default `any`. */
  readonly expected?: ExpectedVersion;
  /** Default one; a number stands for that many plain events. */
  readonly events?: number | readonly EventSketch[];
}

type CommitSketch = Partial<Pick<Commit, "conditions" | "outcome">> & {
  /** Default a new one. */
  readonly commandId?: string;
  /** Default the same for all. */
  readonly fingerprint?: string;
};

/** A commit of plausible events, of which a case spells out only what it is about. */
export function sampleCommit(
  appends: AppendSketch | readonly AppendSketch[],
  rest: CommitSketch = {},
): Commit {
  const { commandId = newId(), fingerprint = "fingerprint", ...others } = rest;
  let index = 0;
  const toAppend = ({ stream, expected = "any", events = 1 }: AppendSketch): StreamAppend => ({
    stream,
    expected,
    events: (typeof events === "number" ? Array<EventSketch>(events).fill({}) : events).map((sketch) => ({
      id: eventIdOf(commandId, index++),
      type: "Deposited",
      data: { amount: index },
      schemaVersion: 1,
      metadata: { correlationId: commandId, causationId: commandId, depth: 0 },
      tags: [],
      ...sketch,
    })),
  });
  const list = "stream" in appends ? [appends] : appends;
  return { command: { id: commandId, fingerprint }, appends: list.map(toAppend), ...others };
}

/** A commit that appends nothing but records that the command was refused. */
export function sampleRefusal(
  commandId: string,
  code = "account-empty",
  fingerprint = "fingerprint",
): Commit {
  return {
    command: { id: commandId, fingerprint },
    appends: [],
    outcome: { status: "refused", code, detail: "There is nothing left." },
  };
}
