import { parseArgs } from "node:util";
import { Player } from "./player.ts";
import { summarize } from "./summary.ts";

// Plays realistic commands on the accounts over HTTP, at a set rate, and reports rates, latencies and outcomes.

const { values } = parseArgs({
  options: {
    url: { type: "string", default: "http://localhost:3000" },
    rate: { type: "string", default: "200" },
    concurrency: { type: "string", default: "32" },
    seconds: { type: "string", default: "10" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const usage = `Usage: npm run traffic -- [--url http://localhost:3000] [--rate 200] [--concurrency 32] [--seconds 10] [--json]

Creates accounts, suspends, activates and archives them, reads them back, at --rate requests a second by at most
--concurrency at once, for --seconds. Only a service on this machine is played on.`;

if (values.help) {
  console.log(usage);
} else {
  const player = new Player({
    url: await requireReady(requireLoopback(values.url)),
    perSecond: requirePositive("rate", values.rate),
    concurrency: requirePositive("concurrency", values.concurrency),
    seconds: requirePositive("seconds", values.seconds),
  });
  const started = performance.now();
  const played = await player.play();
  const summary = summarize(played, performance.now() - started);
  console.log(values.json ? JSON.stringify(summary, null, 2) : summary.text);
  if (summary.failures > 0) process.exitCode = 1;
}

function requireLoopback(url: string): string {
  const { hostname, origin } = URL.canParse(url) ? new URL(url) : { hostname: url, origin: "" };
  if (["localhost", "127.0.0.1", "[::1]"].includes(hostname)) return origin;
  console.error(`Traffic is played on this machine only: expected localhost, found ${hostname}.`);
  process.exit(2);
}

async function requireReady(url: string): Promise<string> {
  const answer = await fetch(`${url}/health/ready`).catch(() => undefined);
  if (answer?.ok === true) return url;
  console.error(`No service is ready at ${url} (${answer?.status ?? "no answer"}): start it with npm start.`);
  process.exit(1);
}

function requirePositive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  console.error(`--${name} takes a number above 0; found ${JSON.stringify(text)}.\n\n${usage}`);
  process.exit(2);
}
