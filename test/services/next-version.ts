import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { ServiceName } from "../../examples/online-store/traffic/store-client.ts";
import { temporaryFolder } from "../cli/millrace.ts";
import { root } from "../entry-points.ts";

/** Exact changes of a service's files: the text that is there now, and what the next version has instead. */
export type Changes = Readonly<Record<string, readonly (readonly [from: string, to: string])[]>>;

/** A copy of a service of the store in a folder of its own, with some changes. */
export function nextVersion(name: ServiceName, changes: Changes): string {
  const folder = path.join(temporaryFolder(), name);
  cpSync(path.join(root, "examples/online-store", name), folder, {
    recursive: true,
    filter: (file) => !/[/\\](node_modules|data)$/.test(file),
  });
  symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"), "junction");
  for (const [file, replacements] of Object.entries(changes)) {
    const at = path.join(folder, file);
    let text = readFileSync(at, "utf8");
    for (const [from, to] of replacements) {
      if (!text.includes(from)) throw new Error(`${name}/${file} has no ${JSON.stringify(from)}.`);
      text = text.replace(from, to);
    }
    writeFileSync(at, text);
  }
  return folder;
}

/** For each service a version with one more field in an integration event and in a command. */
export const nextVersions: Readonly<Record<ServiceName, Changes>> = {
  accounts: {
    "src/publications.ts": [
      [
        "schema: z.object({ status: accountStatus }),",
        "schema: z.object({ status: accountStatus, since: z.iso.datetime() }),",
      ],
      [
        "data: ({ type }) => ({ status: statusAfter[type] }),",
        "data: ({ type, recordedAt }) => ({ status: statusAfter[type], since: new Date(recordedAt).toISOString() }),",
      ],
    ],
    "src/account.ts": [
      [
        "CreateAccount: z.object({ ...details, defaultAccount: details.defaultAccount.default(false) }),",
        "CreateAccount: z.object({ ...details, defaultAccount: details.defaultAccount.default(false), nickname: z.string().optional() }),",
      ],
      [
        "AccountCreated(data),",
        "AccountCreated({ userId: data.userId, accountNumber: data.accountNumber, defaultAccount: data.defaultAccount }),",
      ],
    ],
  },
  orders: {
    "src/publications.ts": [
      [
        "schema: z.object({ accountId: z.string(), total: z.int(), at: z.iso.datetime() }),",
        "schema: z.object({ accountId: z.string(), total: z.int(), at: z.iso.datetime(), currency: z.string() }),",
      ],
      [
        "at: new Date(recordedAt).toISOString() }),",
        'at: new Date(recordedAt).toISOString(), currency: "EUR" }),',
      ],
    ],
    "src/order.ts": [
      [
        "CreateOrder: z.object(placed),",
        "CreateOrder: z.object({ ...placed, note: z.string().optional() }),",
      ],
      [
        "OrderCreated({ ...data, total:",
        "OrderCreated({ accountId: data.accountId, lineItems: data.lineItems, total:",
      ],
    ],
  },
  payments: {
    "src/publications.ts": [
      [
        "schema: z.object({ orderId, amount, at: z.iso.datetime() }),",
        "schema: z.object({ orderId, amount, at: z.iso.datetime(), currency: z.string() }),",
      ],
      [
        "at: new Date(recordedAt).toISOString() }),",
        'at: new Date(recordedAt).toISOString(), currency: "EUR" }),',
      ],
    ],
    "src/payment.ts": [
      [
        "CreatePayment: z.object(details),",
        "CreatePayment: z.object({ ...details, note: z.string().optional() }),",
      ],
      [
        "PaymentCreated(data),",
        "PaymentCreated({ orderId: data.orderId, accountId: data.accountId, amount: data.amount }),",
      ],
    ],
  },
  warehouse: {
    "src/publications.ts": [
      [
        "schema: z.object({ warehouseId: z.string() }),",
        "schema: z.object({ warehouseId: z.string(), isSplit: z.boolean() }),",
      ],
      ["data: ({ data }) => data,", "data: ({ data }) => ({ ...data, isSplit: false }),"],
    ],
    "src/allocation.ts": [
      [
        "AllocateOrder: z.object({ lineItems }),",
        "AllocateOrder: z.object({ lineItems, priority: z.int().optional() }),",
      ],
      ["=> [AllocationRequested(data)],", "=> [AllocationRequested({ lineItems: data.lineItems })],"],
    ],
  },
  // It publishes nothing: its next version builds a view anew beside the old one.
  insights: { "src/figures.ts": [['name: "revenue-per-day",', 'name: "revenue-per-day",\n  version: 2,']] },
};

/** Which events show that the next version is at work, and a field that only it has. */
export const newFields: Readonly<
  Record<Exclude<ServiceName, "insights">, readonly [type: string, field: string]>
> = {
  accounts: ["AccountChanged", "since"],
  orders: ["OrderCompleted", "currency"],
  payments: ["PaymentSucceeded", "currency"],
  warehouse: ["OrderAllocated", "isSplit"],
};
