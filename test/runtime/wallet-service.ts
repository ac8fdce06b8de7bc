import { aggregate, type Policy, policy, refuse, service, type View, view } from "millrace";
import { z } from "zod";

const opened = { owner: z.string(), balance: z.number() };

/** A domain in which every effect that happens twice, or not at all, shows in a sum. */
export const wallet = aggregate({
  name: "wallet",
  collection: "wallets",
  state: z.discriminatedUnion("status", [
    z.object({ status: z.literal("NONE") }),
    z.object({ status: z.literal("OPEN"), bonuses: z.number(), ...opened }),
    z.object({ status: z.literal("CLOSED"), bonuses: z.number(), ...opened }),
  ]),
  initialState: { status: "NONE" },
  snapshotEvery: 5,
  events: {
    WalletOpened: z.object({ owner: z.string() }),
    Deposited: z.object({ owner: z.string(), amount: z.number() }),
    BonusAdded: z.object({ owner: z.string() }),
    WalletClosed: z.object({ owner: z.string() }),
  },
  commands: {
    OpenWallet: z.object({ owner: z.string() }),
    Deposit: z.object({ amount: z.number() }),
    AddBonus: z.object({}),
    CloseWallet: z.object({}),
    Misbehave: z.object({}),
  },
  creates: "OpenWallet",
  begins: "WalletOpened",
  decide: {
    OpenWallet: ({ data }, _state, { WalletOpened }) => [WalletOpened(data)],
    Deposit: ({ data }, state, { Deposited }) =>
      state.status === "OPEN"
        ? [Deposited({ owner: state.owner, amount: data.amount })]
        : refuse("wallet-closed", "The wallet is CLOSED."),
    AddBonus: (_command, state, { BonusAdded }) =>
      state.status === "OPEN"
        ? [BonusAdded({ owner: state.owner })]
        : refuse("wallet-closed", "The wallet is CLOSED."),
    CloseWallet: (_command, state, { WalletClosed }) =>
      state.status === "OPEN" ? [WalletClosed({ owner: state.owner })] : [],
    Misbehave: () => {
      throw new Error("a bug in decide");
    },
  },
  evolve: {
    WalletOpened: (_state, { data }) => ({ status: "OPEN", owner: data.owner, balance: 0, bonuses: 0 }),
    Deposited: (state, { data }) => ({ ...state, balance: state.balance + data.amount }),
    BonusAdded: (state) => ({ ...state, bonuses: state.bonuses + 1 }),
    WalletClosed: (state) => ({ ...state, status: "CLOSED" }),
  },
  unique: { owner: "owner-has-a-wallet" },
});

/** One row per wallet. */
export const wallets = view({
  name: "wallets",
  from: [wallet],
  schema: z.object({ owner: z.string(), balance: z.number(), bonuses: z.number(), open: z.boolean() }),
  indexes: ["owner", "balance", "open"],
  on: {
    WalletOpened: (_row, { data }) => ({ owner: data.owner, balance: 0, bonuses: 0, open: true }),
    Deposited: (row, { data }) => row && { ...row, balance: row.balance + data.amount },
    BonusAdded: (row) => row && { ...row, bonuses: row.bonuses + 1 },
    WalletClosed: (row) => row && { ...row, open: false },
  },
});

/** One row for all wallets. */
export const totals = view({
  name: "totals",
  from: [wallet],
  schema: z.object({ wallets: z.number(), balance: z.number(), bonuses: z.number() }),
  key: () => "all",
  on: {
    WalletOpened: (row) => ({
      wallets: (row?.wallets ?? 0) + 1,
      balance: row?.balance ?? 0,
      bonuses: row?.bonuses ?? 0,
    }),
    Deposited: (row, { data }) => row && { ...row, balance: row.balance + data.amount },
    BonusAdded: (row) => row && { ...row, bonuses: row.bonuses + 1 },
  },
});

/** Every deposit earns one bonus: a bonus too many or too few is a reaction that acted twice, or never. */
export const rewardDeposits = policy({
  name: "reward-deposits",
  from: [wallet],
  startAt: "beginning",
  on: { Deposited: (event) => wallet.commands.AddBonus(event.aggregateId, {}) },
});

export function walletService(
  parts: { readonly views?: readonly View[]; readonly policies?: readonly Policy[] } = {},
) {
  return service({
    name: "wallets",
    aggregates: [wallet],
    views: parts.views ?? [wallets, totals],
    policies: parts.policies ?? [rewardDeposits],
  });
}
