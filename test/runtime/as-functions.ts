import type { Policy, Process, Service } from "millrace";
import { functionHandler } from "../../src/hosts/fetch/index.ts";
import type { ConnectedFunction, ConnectedFunctions } from "../../src/ports/function-transport.ts";
import { httpFunction } from "../../src/transports/http-function.ts";

export const secret = `whsec_${btoa("a secret of thirty-two bytes, so")}`;

/** How every policy and process of a service is reached that runs as a function of its own; `around` is the network in between. */
export function asFunctions(
  service: Service,
  around: (call: typeof fetch) => typeof fetch = (call) => call,
  settings: Partial<ConnectedFunction> = {},
): ConnectedFunctions {
  const { policies, processes } = service.definition;
  const ofProcesses = new Set(processes.flatMap((process) => process.policies));
  const reacting = [
    ...policies
      .filter((definition) => !ofProcesses.has(definition))
      .map((definition): Policy => ({ kind: "policy", name: definition.name, definition })),
    ...processes.map((definition): Process => ({ kind: "process", name: definition.name, definition })),
  ];
  return Object.fromEntries(
    reacting.map((each) => {
      const handler = functionHandler(each, { secret });
      const call = around(async (url, init) => handler.fetch(new Request(url as string, init)));
      const transport = httpFunction(each.name, { url: "http://function.example", secret, fetch: call });
      return [each.name, { transport, takes: "events", concurrency: 16, batchSize: 32, ...settings }];
    }),
  );
}
