import { expect, test } from "vitest";
import { seeded } from "../../src/testing/random-data.ts";
import { eventually } from "../runtime/running.ts";
import { type Name, type TwoServices, twoServices } from "./bank-and-tellers.ts";

const wallets = ["w1", "w2", "w3"];
const deposits = 60;
const kills = 5;

/** Sends a deposit until it is taken, as a caller does whose answer was lost. */
async function deposit({ url }: TwoServices, wallet: string, amount: number, key: string): Promise<void> {
  await eventually(
    async () => {
      try {
        const answer = await fetch(`${url.bank}/v1/wallets/${wallet}/commands/deposit`, {
          method: "POST",
          headers: { "content-type": "application/json", "idempotency-key": key },
          body: JSON.stringify({ amount }),
        });
        return answer.status;
      } catch {
        return "unreachable";
      }
    },
    (status) => status === 200,
  );
}

async function stateOf({ url }: TwoServices, wallet: string) {
  const answer = await fetch(`${url.bank}/v1/wallets/${wallet}`);
  const { state } = (await answer.json()) as { readonly state: { balance: number; bonuses: number } };
  return state;
}

async function rowOf({ url }: TwoServices, wallet: string) {
  const answer = await fetch(`${url.tellers}/v1/views/received/${wallet}`);
  return answer.status === 200 ? ((await answer.json()) as { deposits: number; total: number }) : undefined;
}

test("G4, G6, G7: two services that are killed with -9 in turns react to each deposit once", async () => {
  const services = await twoServices();
  await services.start("bank");
  await services.start("tellers");
  const seed = Math.floor(Math.random() * 1e6);
  const next = seeded(seed);
  const expected = new Map(wallets.map((wallet) => [wallet, { deposits: 0, total: 0 }]));
  const killBefore = new Set(
    Array.from({ length: kills }, (_, index) => Math.floor((index + next()) * (deposits / kills))),
  );
  let restarting: Promise<void> = Promise.resolve();
  for (let index = 0; index < deposits; index++) {
    if (killBefore.has(index)) {
      await restarting;
      const name: Name = next() < 0.5 ? "bank" : "tellers";
      await services.kill(name);
      restarting = services.start(name);
    }
    const wallet = wallets[Math.floor(next() * wallets.length)] ?? "w1";
    const amount = 1 + Math.floor(next() * 9);
    await deposit(services, wallet, amount, `deposit-${index}`);
    const sum = expected.get(wallet);
    expected.set(wallet, { deposits: (sum?.deposits ?? 0) + 1, total: (sum?.total ?? 0) + amount });
  }
  await restarting;
  for (const [wallet, { deposits: count, total }] of expected) {
    const state = await eventually(
      () => stateOf(services, wallet),
      ({ bonuses }) => bonuses >= count,
    );
    expect(state, `seed ${seed}`).toMatchObject({ balance: total, bonuses: count });
    expect(await rowOf(services, wallet), `seed ${seed}`).toMatchObject({ deposits: count, total });
  }
  await eventually(
    async () => {
      const answer = await fetch(`${services.url.tellers}/v1/views/reward-deadlines`);
      return (await answer.json()) as { readonly _embedded: Readonly<Record<string, readonly unknown[]>> };
    },
    ({ _embedded }) => _embedded["reward-deadlines"]?.length === 0,
  );
}, 120_000);
