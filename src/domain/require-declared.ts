import { MillraceError } from "../errors/millrace-error.ts";

/** Throws `declaration-invalid` unless `holds`; the message says what was expected and what was found. */
export function requireDeclared(
  holds: boolean,
  message: string,
  data: Readonly<Record<string, unknown>> = {},
): asserts holds {
  if (!holds) throw new MillraceError("declaration-invalid", message, { data });
}
