import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { byCallers, compare, judge, rateOf, ratioOf } from "../measure.ts";
import { HttpConnection } from "./http-connection.ts";
import { withScratchFile } from "./scratch.ts";

const connections = 64;
const requests = 30_000;
const warmUp = 5_000;
const accounts = 1_000;
const reason = JSON.stringify({ reason: "The customer asked for it by telephone." });

/** Commands over HTTP with the view kept, next to a bare echo that validates the same body. */
export async function httpCases(): Promise<void> {
  const answered = await compare(
    `Commands over HTTP, ${connections} connections, view running`,
    "requests/s",
    [
      {
        name: "millrace",
        run: () => withScratchFile((path) => played("./http-service-server.ts", [path], true)),
      },
      { name: "bare Hono echo with zod", run: () => played("./http-echo-server.ts", [], false) },
    ],
  );
  judge("millrace / echo", ratioOf(answered, "millrace", "bare Hono echo with zod"), 0.5, "at least");
}

/** Suspends and activates distinct accounts in turn; every answer must be the one that was expected. */
async function played(server: string, args: readonly string[], opens: boolean): Promise<number> {
  const child = spawn(
    process.execPath,
    ["--import", "tsx", fileURLToPath(new URL(server, import.meta.url)), ...args],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  try {
    const url = await firstLine(child);
    const open = await Promise.all(Array.from({ length: connections }, () => HttpConnection.open(url)));
    const free = [...open];
    const post = async (path: string, body: string, expected: number) => {
      const connection = free.pop();
      if (connection === undefined) throw new Error("more requests than connections");
      const status = await connection.post(path, body);
      free.push(connection);
      if (status !== expected) throw new Error(`${path} was answered with ${status}`);
    };
    if (opens) {
      await byCallers(connections, accounts, (index) =>
        post(
          `/v1/accounts/a${index}/commands/open-account`,
          JSON.stringify({ userId: index, accountNumber: `A${index}` }),
          200,
        ),
      );
    }
    const play = (index: number) => {
      const command = Math.floor(index / accounts) % 2 === 0 ? "suspend-account" : "activate-account";
      return post(`/v1/accounts/a${index % accounts}/commands/${command}`, reason, 200);
    };
    await byCallers(connections, warmUp - (warmUp % (2 * accounts)), play);
    const rate = await rateOf(requests, () => byCallers(connections, requests, play));
    for (const connection of open) connection.close();
    return rate;
  } finally {
    child.kill("SIGKILL");
    await once(child, "close");
  }
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("the server has no output");
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error("the server ended without a word");
}
