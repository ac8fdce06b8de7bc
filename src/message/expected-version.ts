/**
 * What an append requires of its stream: that its last event has this version (1 or more), that the stream has no
 * event (`"none"`), or nothing (`"any"`). Never optional, so that no append goes unguarded by oversight.
 */
export type ExpectedVersion = number | "none" | "any";

/** Whether a stream whose last version is `actual` (0: no stream) is what `expected` requires. */
export function meetsExpectation(expected: ExpectedVersion, actual: number): boolean {
  return expected === "any" || (expected === "none" ? actual === 0 : expected === actual);
}

/** Whether `value` is an expected version. */
export function isExpectedVersion(value: unknown): value is ExpectedVersion {
  return value === "none" || value === "any" || (Number.isSafeInteger(value) && (value as number) >= 1);
}
