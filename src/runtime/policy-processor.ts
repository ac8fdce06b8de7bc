import type { PolicyDefinition } from "../domain/policy.ts";

/** The name of a policy's processor in the state store. */
export function policyProcessor(policy: Pick<PolicyDefinition, "name">): string {
  return `policy:${policy.name}`;
}
