import { become, process, send } from "millrace";
import { z } from "zod";
import accounts from "../contracts/accounts.ts";
import { order } from "./order.ts";

const state = z.object({ isActive: z.boolean(), open: z.array(z.string()) });

/**
 * Holds the open orders of an account while it is not active: an instance for each account, which knows its open orders. It begins with
 * the first order, when the account is active: the reference of orders says so. It never ends, for an account may always order again.
 */
export const holdOrders = process({
  name: "hold-orders",
  from: [order, accounts],
  correlate: (event) => ("accountId" in event.data ? event.data.accountId : accountOf(event)),
  begins: "OrderCreated",
  state,
  initialState: { isActive: true, open: [] },
  on: {
    OrderCreated: (before, { aggregateId }) => [
      become({ ...before, open: [...before.open, aggregateId] }),
      ...(before.isActive ? [] : [send(order.commands.HoldOrder(aggregateId, {}))]),
    ],
    OrderSucceeded: (before, { aggregateId }) => become(without(before, aggregateId)),
    OrderFailed: (before, { aggregateId }) => become(without(before, aggregateId)),
    AccountChanged: (before, { data: { status } }) => {
      const isActive = status === "ACCOUNT_ACTIVE";
      if (isActive === before.isActive) return undefined;
      return [
        become({ ...before, isActive }),
        ...before.open.map((id) =>
          send(isActive ? order.commands.ResumeOrder(id, {}) : order.commands.HoldOrder(id, {})),
        ),
      ];
    },
  },
});

/** The subject of what the accounts publish is the account. */
function accountOf({ category, aggregateId }: { readonly category: string; readonly aggregateId: string }) {
  return category === "order" ? undefined : aggregateId;
}

function without(before: z.infer<typeof state>, id: string): z.infer<typeof state> {
  return { ...before, open: before.open.filter((other) => other !== id) };
}
