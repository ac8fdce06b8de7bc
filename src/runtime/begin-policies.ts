import { policyProcessor } from "./policy-processor.ts";
import type { ServiceParts } from "./service-parts.ts";
import { wholeFrom } from "./share-ranges.ts";

/**
 * Has policies that were never there begin at the head of the log as it is now: where processors run only now and then, the head may be
 * somewhere else when they first do.
 */
export async function beginPolicies({ core }: ServiceParts): Promise<void> {
  const { service, events, states } = core;
  const policies = service.policies.filter(({ startAt }) => startAt === "head");
  if (policies.length === 0) return;
  const known = await states.listProcessors();
  const fresh = policies.map(policyProcessor).filter((processor) => !known.has(processor));
  if (fresh.length === 0) return;
  const head = await events.head();
  for (const processor of fresh) {
    await states.updateProcessor(processor, (state) =>
      state.ranges.length === 0
        ? { ...state, ranges: [wholeFrom(head)], buildTarget: head.position }
        : undefined,
    );
  }
}
