import type { ExpectedVersion } from "../src/message/expected-version.ts";
import { newId } from "../src/message/id.ts";
import type { Commit } from "../src/ports/event-store.ts";

/** The data of an event of about 200 bytes. */
export function sampleData(index: number) {
  return {
    userId: index,
    accountNumber: `ACC-${String(index).padStart(10, "0")}`,
    reason: "The customer asked for it by telephone and was called back to make sure.",
    from: "ACCOUNT_ACTIVE",
    note: "reviewed by the second line",
  };
}

export function sampleMetadata(id: string) {
  return { correlationId: id, causationId: id, depth: 0 };
}

/** One event to a stream of its own. */
export function commitOf(index: number): Commit {
  const id = newId();
  return commitTo(`account-${id}`, "none", index, id);
}

/** One event to `stream`. */
export function commitTo(stream: string, expected: ExpectedVersion, index: number, id = newId()): Commit {
  return {
    command: { id, fingerprint: "" },
    appends: [
      {
        stream,
        expected,
        events: [
          {
            id: `${id}.0`,
            type: "AccountSuspended",
            data: sampleData(index),
            schemaVersion: 1,
            metadata: sampleMetadata(id),
            tags: [],
          },
        ],
      },
    ],
  };
}
