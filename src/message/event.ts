import type { Metadata } from "./metadata.ts";

/** A fact, named in the past tense, as plain readonly data. */
export interface DomainEvent<Type extends string = string, Data = unknown> {
  readonly type: Type;
  readonly data: Data;
}

/** An event on its way into the log. */
export interface NewEvent extends DomainEvent {
  /** Its command's id and its index among the command's events, so that a retry or a restore yields the same. */
  readonly id: string;
  /** The version of the schema that `data` was written with; 1 unless declared otherwise. */
  readonly schemaVersion: number;
  readonly metadata: Metadata;
  /** Labels `key:value` that conditions look for; without duplicates. */
  readonly tags: readonly string[];
}

/**
 * An event as it was decided, before the log gave it its place: what a state is folded from. Whatever depends on the
 * place (`position`, `recordedAt`) differs between deciding and reading, so a state may not be built on it.
 */
export type DecidedEvent<Type extends string = string, Data = unknown> = Omit<
  RecordedEvent<Type, Data>,
  "position" | "recordedAt" | "tags"
>;

/** An event as stored. */
export interface RecordedEvent<Type extends string = string, Data = unknown> extends DomainEvent<Type, Data> {
  readonly id: string;
  /** `category-aggregateId`. */
  readonly stream: string;
  readonly category: string;
  readonly aggregateId: string;
  /** 1-based place in its stream, without gaps. */
  readonly version: number;
  /** 1-based place in its log, without gaps, in commit order. */
  readonly position: number;
  /** Epoch milliseconds by the clock of the process that appended. Informative: order is by position. */
  readonly recordedAt: number;
  readonly schemaVersion: number;
  readonly metadata: Metadata;
  readonly tags: readonly string[];
}
