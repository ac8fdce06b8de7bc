import { requireDeclared } from "./require-declared.ts";

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** The milliseconds of a duration such as "30 s", "5 min", "2 h" or "1 d". Throws `declaration-invalid` for what is none. */
export function requireDuration(duration: string): number {
  const [, count = "", unit = ""] = /^(\d+(?:\.\d+)?) ?(ms|s|min|h|d)$/.exec(duration) ?? [];
  requireDeclared(
    count !== "",
    `A duration is a number and one of ms, s, min, h, d, such as "30 s"; found ${JSON.stringify(duration)}.`,
  );
  return Number(count) * (units[unit] ?? 1);
}
