/**
 * What of a value would come back from JSON as something else, such as `/openedAt is a Date`; undefined where nothing would. A
 * field that is undefined is as good as absent.
 */
export function jsonLossOf(value: unknown, path = ""): string | undefined {
  const lost = (what: string) => `${path === "" ? "it" : path} is ${what}`;
  if (value === null || typeof value === "string" || typeof value === "boolean") return undefined;
  if (typeof value === "number") return Number.isFinite(value) ? undefined : lost(String(value));
  if (typeof value !== "object") return lost(value === undefined ? "undefined" : `a ${typeof value}`);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) {
    return lost(`a ${value.constructor.name}`);
  }
  for (const [key, item] of Object.entries(value)) {
    const inner =
      item === undefined && !Array.isArray(value) ? undefined : jsonLossOf(item, `${path}/${key}`);
    if (inner !== undefined) return inner;
  }
  return undefined;
}
