import { MillraceError } from "../../errors/millrace-error.ts";
import type { RecordedEvent } from "../../message/event.ts";
import { placeOfEventId } from "../../message/id.ts";
import { requireStorableText, toStorableJson } from "../../message/json.ts";
import { parseStreamName } from "../../message/stream.ts";
import { maxEventBytes, requireSchemaVersion, requireSize } from "./pending-commit.ts";

/** An event that may be imported, with its JSON written. */
export interface ImportableEvent {
  readonly event: RecordedEvent;
  readonly data: string;
  readonly metadata: string;
  readonly tags: string;
}

/** A command as its imported events tell of it. */
export interface ImportedCommand {
  readonly id: string;
  readonly firstPosition: number;
  lastPosition: number;
}

/**
 * What the next event to import must be: at the next position and the next version of its stream, and such as `append` would take. Gathers
 * the commands that the events tell of, so that a repeat of one finds its first result in the new log as well (G4).
 */
export class ImportCheck {
  /** Those that begin among the events checked, by id. */
  readonly commands = new Map<string, ImportedCommand>();
  /** The command that began before the first event checked, and that this one goes on with. */
  continued: ImportedCommand | undefined;
  readonly #start: number;
  readonly #maxBytes: number;
  readonly #versionOf: (stream: string) => number;
  readonly #versions = new Map<string, number>();
  #position: number;
  #last: { readonly command: ImportedCommand; index: number } | undefined;

  /** `position` is where the log ends, `versionOf` tells how long its streams are. */
  constructor(position: number, versionOf: (stream: string) => number, maxBytes = maxEventBytes) {
    this.#maxBytes = maxBytes;
    this.#start = position;
    this.#position = position;
    this.#versionOf = versionOf;
  }

  /** Throws `log-not-empty` where the log holds other events, else `data-invalid` or what `append` would reject with. */
  check(event: RecordedEvent): ImportableEvent {
    const { stream, type } = event;
    for (const text of [event.id, stream, type]) requireStorableText(text, "The id, stream or type");
    parseStreamName(stream);
    requireSchemaVersion(event);
    const data = toStorableJson(event.data, `The data of ${type}`);
    requireSize(type, data, this.#maxBytes);
    const position = this.#position + 1;
    const version = (this.#versions.get(stream) ?? this.#versionOf(stream)) + 1;
    if (event.position !== position || event.version !== version) {
      throw new MillraceError(
        this.#start > 0 && this.#position === this.#start ? "log-not-empty" : "data-invalid",
        `The next event to import must have position ${position} and version ${version} of ${stream}; found ${event.position} and ${event.version}.`,
        {
          data: {
            expected: { position, version },
            found: { position: event.position, version: event.version },
          },
        },
      );
    }
    const metadata = toStorableJson(event.metadata, `The metadata of ${type}`);
    const tags = toStorableJson(event.tags, `The tags of ${type}`);
    this.#tellCommand(event);
    this.#position = position;
    this.#versions.set(stream, version);
    return { event, data, metadata, tags };
  }

  /** An event whose id is not of the usual form tells of no command: nobody can send that again. */
  #tellCommand({ id, position }: RecordedEvent): void {
    const place = placeOfEventId(id);
    if (place === undefined) return;
    const { commandId, index } = place;
    if (index === 0) {
      if (this.commands.has(commandId)) throw repeatedCommand(commandId, position);
      const command = { id: commandId, firstPosition: position, lastPosition: position };
      this.commands.set(commandId, command);
      this.#last = { command, index };
    } else if (this.#last?.command.id === commandId && this.#last.index === index - 1) {
      this.#last.command.lastPosition = position;
      this.#last.index = index;
    } else if (position === this.#start + 1) {
      this.continued = { id: commandId, firstPosition: position - index, lastPosition: position };
      this.#last = { command: this.continued, index };
    }
  }
}

/** An event's id names its command, and a command is decided once. */
export function repeatedCommand(commandId: string, position: number | undefined): MillraceError {
  return new MillraceError(
    "data-invalid",
    `The command ${commandId} has events in two places, the second at position ${position}: expected each command once.`,
    { data: { commandId, position } },
  );
}
