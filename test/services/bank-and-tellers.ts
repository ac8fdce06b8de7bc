import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { millrace, type Running, startShop, takenPort, temporaryFolder } from "../cli/millrace.ts";
import { root } from "../entry-points.ts";

/** Publishes what its wallets receive. */
export const bank = `
import { aggregate, publish, service } from "millrace";
import { z } from "zod";

const wallet = aggregate({
  name: "wallet",
  collection: "wallets",
  state: z.object({ status: z.enum(["EMPTY", "USED"]), balance: z.number(), bonuses: z.number() }),
  initialState: { status: "EMPTY", balance: 0, bonuses: 0 },
  events: { Deposited: z.object({ amount: z.number() }), BonusAdded: z.object({}) },
  commands: { Deposit: z.object({ amount: z.number() }), AddBonus: z.object({}) },
  decide: {
    Deposit: ({ data }, _state, { Deposited }) => [Deposited(data)],
    AddBonus: (_command, _state, { BonusAdded }) => [BonusAdded({})],
  },
  evolve: {
    Deposited: (state, { data }) => ({ ...state, status: "USED", balance: state.balance + data.amount }),
    BonusAdded: (state) => ({ ...state, bonuses: state.bonuses + 1 }),
  },
});

export default service({
  name: "bank",
  aggregates: [wallet],
  publishes: [
    publish({
      type: "MoneyReceived",
      from: wallet,
      on: "Deposited",
      schema: z.object({ amount: z.number() }),
      data: ({ data }) => data,
    }),
  ],
});
`;

/** Counts what the bank's wallets receive, and answers each deposit with a bonus: by a process, with a deadline that never passes. */
export const tellers = `
import { end, process, schedule, send, service, view } from "millrace";
import { z } from "zod";
import bank from "./contracts/bank.ts";

const received = view({
  name: "received",
  from: [bank],
  schema: z.object({ deposits: z.number(), total: z.number() }),
  on: {
    MoneyReceived: (row, { data }) => ({
      deposits: (row?.deposits ?? 0) + 1,
      total: (row?.total ?? 0) + data.amount,
    }),
  },
});

const reward = process({
  name: "reward",
  from: [bank],
  correlate: ({ id }) => id.replace(/[^A-Za-z0-9.-]/g, "_"),
  begins: "MoneyReceived",
  startAt: "beginning",
  state: z.object({}),
  initialState: {},
  on: {
    MoneyReceived: (_state, { aggregateId }) => [
      send(bank.commands.wallet.AddBonus(aggregateId, {})),
      schedule("forgotten", { after: "1 h" }),
    ],
  },
  answers: { AddBonus: () => end() },
  deadlines: { forgotten: () => end() },
});

export default service({ name: "tellers", views: [received], processes: [reward], uses: [bank] });
`;

const config = `
import { defineConfig } from "millrace/node";
import service from "./service.ts";
export default defineConfig({ service, auth: "none" });
`;

export type Name = "bank" | "tellers";

/** Two services in folders, databases and processes of their own, which know of each other a contract and an address. */
export interface TwoServices {
  readonly url: Readonly<Record<Name, string>>;
  start(name: Name): Promise<void>;
  /** With -9. */
  kill(name: Name): Promise<void>;
}

export async function twoServices(): Promise<TwoServices> {
  const folder = { bank: makeFolder(bank), tellers: makeFolder(tellers) };
  const written = await millrace(["contracts", "write", path.join(folder.tellers, "contracts")], folder.bank);
  if (written.code !== 0) throw new Error(written.stderr);
  const port = { bank: await freePort(), tellers: await freePort() };
  const url = { bank: `http://127.0.0.1:${port.bank}`, tellers: `http://127.0.0.1:${port.tellers}` };
  const running = new Map<Name, Running>();
  return {
    url,
    async start(name) {
      const env = {
        PORT: String(port[name]),
        MILLRACE_SERVICES: name === "tellers" ? `bank=${url.bank}` : "",
      };
      running.set(name, await startShop(folder[name], env));
    },
    async kill(name) {
      running.get(name)?.child.kill("SIGKILL");
      await running.get(name)?.exited;
    },
  };
}

function makeFolder(service: string): string {
  const folder = temporaryFolder();
  symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"), "junction");
  mkdirSync(path.join(folder, "contracts"));
  writeFileSync(path.join(folder, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(path.join(folder, "service.ts"), service);
  writeFileSync(path.join(folder, "millrace.config.ts"), config);
  return folder;
}

async function freePort(): Promise<number> {
  const { port, free } = await takenPort();
  free();
  return port;
}
