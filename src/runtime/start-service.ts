import type { Service } from "../domain/service.ts";
import { beginPolicies } from "./begin-policies.ts";
import { commandSide } from "./command-side.ts";
import { Feed } from "./feed.ts";
import { openParts, type PartOptions } from "./open-parts.ts";
import { ServiceOperations } from "./operations.ts";
import { processorSide } from "./processor-side.ts";
import { querySide } from "./query-side.ts";
import { relaySide } from "./relay-side.ts";
import { everyRole, type Role, type Runtime } from "./runtime.ts";

export interface ServiceOptions extends PartOptions {
  /** Default: all. With none, only operations are of use. */
  readonly roles?: readonly Role[];
}

/** Starts a service over its stores: makes missing view tables, then runs what its roles ask for until `stop`. Rejects with
 * `store-read-only` for a role that a replica cannot play. */
export async function startService(service: Service, options: ServiceOptions): Promise<Runtime> {
  const roles = new Set(options.roles ?? everyRole);
  const parts = openParts(service, options, roles);
  const commands = parts.get(commandSide);
  const queries = parts.get(querySide);
  const processors = roles.has("processor") ? parts.get(processorSide) : undefined;
  const relay = roles.has("relay") ? parts.get(relaySide) : undefined;
  const pushes = roles.has("relay") && Object.keys(options.functions ?? {}).length > 0;
  if (roles.has("query")) await queries.start();
  // Before there can be a command that they would miss.
  if (roles.has("processor") || pushes) await beginPolicies(parts);
  await processors?.start();
  relay?.start();
  let stopping: Promise<void> | undefined;
  const stop = async () => {
    await relay?.stop();
    await processors?.stop();
    await queries.stop();
    await commands.settle();
  };
  return {
    service: service.definition,
    roles,
    commands,
    queries,
    feed: new Feed(parts.core),
    operations: new ServiceOperations({
      ...parts.core,
      roles,
      nudge: (processor) => {
        processors?.nudge(processor);
        relay?.nudge(processor);
      },
      isStopping: () => stopping !== undefined,
    }),
    drain: (request) => parts.get(processorSide).drain(request),
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}
