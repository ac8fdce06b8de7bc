import { aggregate, policy, service } from "millrace";
import { z } from "zod";

export const secret = `whsec_${btoa("a secret of thirty-two bytes, so")}`;

const amount = z.object({ amount: z.number() });

const purse = aggregate({
  name: "purse",
  collection: "purses",
  state: z.object({ status: z.literal("OPEN"), balance: z.number() }),
  initialState: { status: "OPEN", balance: 0 },
  events: { Deposited: amount },
  commands: { Deposit: amount },
  decide: { Deposit: ({ data }, _state, { Deposited }) => [Deposited(data)] },
  evolve: { Deposited: (state, { data }) => ({ ...state, balance: state.balance + data.amount }) },
});

/** Looks at every deposit, and has nothing to do. */
export const rewardPolicy = policy({
  name: "reward",
  from: [purse],
  startAt: "beginning",
  on: { Deposited: () => undefined },
});

export const purses = service({ name: "purses", aggregates: [purse], policies: [rewardPolicy] });
