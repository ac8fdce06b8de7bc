import type { ServiceDefinition } from "../domain/service.ts";
import { MillraceError } from "../errors/millrace-error.ts";

/** What stands beside collections under /v1, today or by design. */
const taken = ["views", "feeds", "processors"];

/** Throws `declaration-invalid` where two things of services that share a URL space would have one URL, or one name in its description. */
export function requireNoClash(services: readonly ServiceDefinition[]): void {
  const seen = new Map<string, string>();
  for (const { name, aggregates } of services) requireFreeCollections(name, aggregates, seen);
  requireOwn(services, "service", ({ name }) => [name]);
  requireOwn(services, "aggregate", ({ aggregates }) => aggregates.map(({ name }) => name));
  requireOwn(services, "view", ({ views }) => views.map(({ name }) => name));
}

function requireFreeCollections(
  name: string,
  aggregates: ServiceDefinition["aggregates"],
  seen: Map<string, string>,
): void {
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

function requireOwn(
  services: readonly ServiceDefinition[],
  what: string,
  namesOf: (service: ServiceDefinition) => readonly string[],
): void {
  const owners = new Map<string, string>();
  for (const service of services) {
    for (const name of namesOf(service)) {
      const other = owners.get(name);
      if (other !== undefined) {
        throw new MillraceError(
          "declaration-invalid",
          `The services ${other} and ${service.name} share a URL space and both have a ${what} ${JSON.stringify(name)}; expected different names.`,
          { data: { services: [other, service.name], [what]: name } },
        );
      }
      owners.set(name, service.name);
    }
  }
}
