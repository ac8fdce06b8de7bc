import { contract, publish, service, view } from "millrace";
import { z } from "zod";
import { wallet } from "./wallet-service.ts";

export const producer = service({
  name: "wallet-bank",
  aggregates: [wallet],
  publishes: [
    publish({
      type: "MoneyReceived",
      from: wallet,
      on: "Deposited",
      schema: z.object({ owner: z.string(), amount: z.number() }),
      data: ({ data }) => data,
    }),
    publish({
      type: "WalletOpened",
      from: wallet,
      on: "WalletOpened",
      schema: z.object({ owner: z.string() }),
      data: ({ data }) => data,
    }),
  ],
});
export const bank = contract(producer);

/** What each wallet of the bank has received, as the other service sees it. */
export const received = view({
  name: "received",
  from: [bank],
  schema: z.object({ amounts: z.array(z.number()) }),
  on: {
    MoneyReceived: (row, { data }) => ({ amounts: [...(row?.amounts ?? []), data.amount] }),
  },
});

export function consumer(use: { unknownTypes?: "skip" | "stop"; newerVersions?: "skip" | "stop" } = {}) {
  return service({ name: "ledger", views: [received], uses: [{ contract: bank, ...use }] });
}
