import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { MillraceError } from "../errors/millrace-error.ts";
import type { RecordedEvent } from "../message/event.ts";

/** Reads an export, line by line. Throws `data-invalid`, naming the line, for one that is no recorded event in its place. */
export async function* eventLines(file: string): AsyncGenerator<RecordedEvent> {
  const stream = createReadStream(file);
  const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  let number = 0;
  let failure: unknown;
  stream.on("error", (error) => {
    failure = error;
    lines.close();
  });
  for await (const line of lines) {
    number += 1;
    if (line.trim() === "") continue;
    yield parseEvent(line, file, number);
  }
  if (failure !== undefined) {
    throw new MillraceError("data-invalid", `${file} cannot be read: ${(failure as Error).message}.`, {
      cause: failure,
    });
  }
}

const fields = {
  id: "string",
  stream: "string",
  category: "string",
  aggregateId: "string",
  type: "string",
  version: "number",
  position: "number",
  recordedAt: "number",
  schemaVersion: "number",
  metadata: "object",
  tags: "object",
} as const satisfies Record<Exclude<keyof RecordedEvent, "data">, "string" | "number" | "object">;

function parseEvent(line: string, file: string, number: number): RecordedEvent {
  const invalid = (what: string, cause?: unknown) =>
    new MillraceError("data-invalid", `Line ${number} of ${file} is no recorded event: ${what}.`, {
      data: { file, line: number },
      cause,
    });
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw invalid("it is not JSON", cause);
  }
  if (typeof value !== "object" || value === null) throw invalid("expected an object");
  const event = value as Readonly<Record<string, unknown>>;
  for (const [field, type] of Object.entries(fields)) {
    const found = event[field];
    const fits =
      found !== null && typeof found === type && (type !== "number" || Number.isSafeInteger(found));
    if (!fits) throw invalid(`"${field}" must be a ${type}, found ${JSON.stringify(found)?.slice(0, 100)}`);
  }
  if (!("data" in event)) throw invalid('it has no "data"');
  // Each field was looked at above; its tags and metadata are looked at by the store, as for any append.
  return value as unknown as RecordedEvent;
}
