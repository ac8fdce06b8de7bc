import { isMillraceError } from "../../src/errors/millrace-error.ts";
import type { Accepted, CommandOutcome, Runtime } from "../../src/runtime/runtime.ts";
import { seeded } from "../../src/testing/random-data.ts";
import type { Line, PlayerSettings, WalletRequest } from "./player.ts";

/**
 * Plays commands on wallets until the signal aborts, and writes a line for each before it sends it and another after it was
 * answered. What fails and may be sent again is, with its key; any other failure ends the play.
 */
export async function play(
  runtime: Runtime,
  { seed, callers, shared, again }: Omit<PlayerSettings, "place" | "functionAt">,
  write: (line: Line) => void,
  signal?: AbortSignal,
): Promise<void> {
  const next = seeded(seed);
  const own: string[] = [];
  let count = 0;

  const handled = async (request: WalletRequest): Promise<CommandOutcome> => {
    for (;;) {
      try {
        return await runtime.commands.handle({ aggregate: "wallet", ...request });
      } catch (error) {
        if (!isMillraceError(error) || !error.retryable) throw error;
      }
    }
  };

  const send = async (request: WalletRequest): Promise<Accepted> => {
    const { idempotencyKey: key } = request;
    write({ sent: request });
    const outcome = await handled(request);
    if (outcome.status !== "accepted") throw new Error(`${key} was refused: ${JSON.stringify(outcome)}`);
    const events = outcome.events.map(({ id, stream, version, position }) => ({
      id,
      stream,
      version,
      position,
    }));
    write({ key, events });
    return outcome;
  };

  const newRequest = (): WalletRequest => {
    const idempotencyKey = `${seed}-${++count}`;
    const opens = own.length + shared.length === 0 || (own.length < 200 && next() < 0.2);
    if (opens) return { type: "OpenWallet", data: { owner: idempotencyKey }, idempotencyKey };
    const among = own.length === 0 || (shared.length > 0 && next() < 0.5) ? shared : own;
    const aggregateId = among[Math.floor(next() * among.length)] as string;
    return { type: "Deposit", data: { amount: 1 }, aggregateId, idempotencyKey };
  };

  const call = async (): Promise<void> => {
    while (signal?.aborted !== true) {
      const request = newRequest();
      const { aggregateId } = await send(request);
      if (request.type === "OpenWallet") own.push(aggregateId);
    }
  };

  // Every player opens all that they share, with the same keys.
  await Promise.all(
    shared.map((aggregateId) =>
      send({ type: "OpenWallet", data: { owner: aggregateId }, aggregateId, idempotencyKey: aggregateId }),
    ),
  );
  await Promise.all([...again.map(send), ...Array.from({ length: callers }, call)]);
}
