import type { CommandResult } from "../message/command.ts";
import type { Metadata } from "../message/metadata.ts";

/** Takes commands to one other service: over HTTP, or in one process. */
export interface CommandTransport {
  /**
   * Sends a command once more or for the first time; the service handles it once per id (G4, G7). Rejects with
   * `service-unavailable` while the service cannot be reached or is busy, which a repeat mends; with
   * `service-refused` for what a repeat would not change.
   */
  send(command: ForeignCommand): Promise<CommandResult>;
}

/** A command to another service. */
export interface ForeignCommand {
  readonly aggregate: string;
  readonly collection: string;
  readonly aggregateId: string;
  readonly type: string;
  readonly data: unknown;
  /** Travels as `Idempotency-Key`. */
  readonly id: string;
  readonly metadata: Metadata;
}
