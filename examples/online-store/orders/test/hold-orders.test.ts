import { playProcess } from "millrace/testing";
import { describe, test } from "vitest";
import accounts from "../contracts/accounts.ts";
import { holdOrders } from "../src/hold-orders.ts";
import { order } from "../src/order.ts";

const accountId = "a1";
const total = 500;
const lineItems = [{ productId: "tea", quantity: 1, unitPrice: total }];
const created = { type: "OrderCreated", data: { accountId, lineItems, total } } as const;
const succeeded = { type: "OrderSucceeded", data: { accountId, total } } as const;
const failed = { type: "OrderFailed", data: { accountId, total, reason: "sold-out" } } as const;
const active = { type: "AccountChanged", data: { status: "ACCOUNT_ACTIVE" } } as const;
const suspended = { type: "AccountChanged", data: { status: "ACCOUNT_SUSPENDED" } } as const;
const archived = { type: "AccountChanged", data: { status: "ACCOUNT_ARCHIVED" } } as const;

const hold = (id: string) => order.commands.HoldOrder(id, {});
const resume = (id: string) => order.commands.ResumeOrder(id, {});

const ordered = () => playProcess(holdOrders).receive(order, "o1", created).receive(order, "o2", created);

describe("the open orders of an account", () => {
  test("go on while it is active", () => {
    ordered().receive(accounts, accountId, active).expectSent();
  });

  test("are held once it is suspended, and resumed once it is active again", () => {
    ordered()
      .receive(accounts, accountId, suspended)
      .expectSent(hold("o1"), hold("o2"))
      .receive(accounts, accountId, active)
      .expectSent(resume("o1"), resume("o2"));
  });

  test("are held once, whatever it is then but active", () => {
    ordered()
      .receive(accounts, accountId, suspended)
      .expectSent(hold("o1"), hold("o2"))
      .receive(accounts, accountId, archived)
      .expectSent();
  });

  test("are those that have not ended", () => {
    ordered()
      .receive(order, "o1", succeeded)
      .receive(accounts, accountId, suspended)
      .expectSent(hold("o2"))
      .receive(order, "o2", failed)
      .receive(accounts, accountId, active)
      .expectSent()
      .expectState({ isActive: true, open: [] })
      .expectEnded(false);
  });

  test("are held from their beginning while it is not active", () => {
    ordered()
      .receive(accounts, accountId, suspended)
      .expectSent(hold("o1"), hold("o2"))
      .receive(order, "o3", created)
      .expectSent(hold("o3"))
      .receive(accounts, accountId, active)
      .expectSent(resume("o1"), resume("o2"), resume("o3"));
  });
});
