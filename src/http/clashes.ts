import type { ServiceDefinition } from "../domain/service.ts";
import { MillraceError } from "../errors/millrace-error.ts";

/** What stands beside collections under /v1, today or by design. */
const taken = ["views", "feeds", "processors"];

/** Throws `declaration-invalid` where two things of a service would have one URL. */
export function requireNoClash({ name, aggregates }: ServiceDefinition): void {
  const seen = new Map<string, string>();
  for (const { name: aggregate, collection } of aggregates) {
    const other =
      seen.get(collection) ?? (taken.includes(collection) ? `the routes of ${collection}` : undefined);
    if (other !== undefined) {
      throw new MillraceError(
        "declaration-invalid",
        `In service ${name} the collection of ${aggregate}, "${collection}", clashes with ${other}: both would be /v1/${collection}. Name it differently.`,
        { data: { service: name, aggregate, collection } },
      );
    }
    seen.set(collection, aggregate);
  }
}
