/**
 * The value, which nobody can change any more, nor anything within: it is given out to every reader as it is, and one
 * who tries to change it is told so at once.
 */
export function frozen<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) frozen(part);
  return value;
}
