import { parseArgs } from "node:util";
import { checkBooks } from "./books.ts";
import { Player } from "./player.ts";
import { StoreClient, type StoreUrls, serviceNames } from "./store-client.ts";

// Plays accounts, deliveries and orders on the store over HTTP at set rates, and checks the books at the end.

const { values } = parseArgs({
  options: {
    url: { type: "string", default: "http://localhost:3000" },
    services: { type: "string", default: "" },
    gateway: { type: "string" },
    accounts: { type: "string", default: "2" },
    deliveries: { type: "string", default: "5" },
    orders: { type: "string", default: "20" },
    suspensions: { type: "string", default: "0.5" },
    seconds: { type: "string", default: "10" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const usage = `Usage: npm run traffic -- [--url http://localhost:3000] [--orders 20] [--accounts 2] [--deliveries 5]
         [--suspensions 0.5] [--seconds 10] [--services orders=http://localhost:3001,…] [--gateway URL] [--json]

Opens warehouses and accounts, delivers, orders, suspends and activates accounts, each so many times a second, for --seconds;
then waits until every order has ended and checks the books: what was paid, reserved and sold must go together. With
--gateway, the money that the gateway says it took must, too. Only a store on this machine is played on.`;

if (values.help) {
  console.log(usage);
} else {
  const store = new StoreClient(urlsOf(values.url, values.services));
  const player = new Player(store, {
    rates: {
      accounts: rate("accounts", values.accounts),
      deliveries: rate("deliveries", values.deliveries),
      orders: rate("orders", values.orders),
      suspensions: rate("suspensions", values.suspensions),
    },
    seconds: rate("seconds", values.seconds),
    warehouses: 3,
    products: 10,
  });
  const acknowledged = await player.play();
  const gateway = values.gateway === undefined ? {} : { gateway: requireLoopback(values.gateway) };
  const books = await checkBooks(store, { acknowledged, ...gateway, withinMs: 90_000 });
  const outcomes = Object.fromEntries([...acknowledged.outcomes].sort());
  if (values.json) console.log(JSON.stringify({ outcomes, books }, null, 2));
  else tell(outcomes, books);
  if (books.mistakes.length > 0) process.exitCode = 1;
}

function tell(
  outcomes: Readonly<Record<string, number>>,
  books: Awaited<ReturnType<typeof checkBooks>>,
): void {
  for (const [outcome, count] of Object.entries(outcomes)) console.log(`${outcome.padEnd(40)}${count}`);
  const failed = Object.entries(books.failed).map(([reason, count]) => `${reason}: ${count}`);
  console.log(
    `\n${books.orders} orders: ${books.succeeded} succeeded for ${books.revenue}; failed: ${failed.join(", ") || "none"}`,
  );
  for (const mistake of books.mistakes.slice(0, 20)) console.log(`WRONG  ${mistake}`);
  console.log(
    books.mistakes.length === 0 ? "The books balance." : `${books.mistakes.length} mistakes in the books.`,
  );
}

function urlsOf(url: string, services: string): StoreUrls {
  const urls = Object.fromEntries(serviceNames.map((name) => [name, requireLoopback(url)]));
  for (const part of services.split(",").filter((each) => each !== "")) {
    const [name = "", own = ""] = part.split("=");
    if (!serviceNames.some((known) => known === name)) {
      stop(
        `--services takes names and URLs, among ${serviceNames.join(", ")}; found ${JSON.stringify(part)}.`,
      );
    }
    urls[name] = requireLoopback(own);
  }
  // Every name has a URL.
  return urls as StoreUrls;
}

function requireLoopback(url: string): string {
  const { hostname, origin } = URL.canParse(url) ? new URL(url) : { hostname: url, origin: "" };
  if (["localhost", "127.0.0.1", "[::1]"].includes(hostname)) return origin;
  return stop(`Traffic is played on this machine only: expected localhost, found ${hostname}.`);
}

function rate(name: string, text: string): number {
  const value = Number(text);
  if (text !== "" && Number.isFinite(value) && value >= 0) return value;
  return stop(`--${name} takes a number of at least 0; found ${JSON.stringify(text)}.`);
}

function stop(message: string): never {
  console.error(`${message}\n\n${usage}`);
  process.exit(2);
}
