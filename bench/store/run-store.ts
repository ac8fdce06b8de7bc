import { runCases } from "../run-cases.ts";
import { idleCases } from "./idle.ts";
import { orderCases } from "./orders.ts";
import { reactionCases } from "./reaction.ts";

const cases: Readonly<Record<string, () => Promise<void>>> = {
  reaction: reactionCases,
  orders: orderCases,
  idle: idleCases,
};

/** Benchmarks of the online store; `only` names cases, none means all. */
export function runStore(only: readonly string[]): Promise<void> {
  return runCases(cases, only);
}
