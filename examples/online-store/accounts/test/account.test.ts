import { checkGuards, given, project, reactionOf } from "millrace/testing";
import { describe, expect, test } from "vitest";
import { account } from "../src/account.ts";
import { activateAccounts, confirmAccounts } from "../src/policies.ts";
import { accounts, accountsPerUser } from "../src/views.ts";

const details = { userId: 7, accountNumber: "123456", defaultAccount: true };
const created = { type: "AccountCreated", data: details } as const;
const pending = { type: "AccountPending", data: { userId: 7, from: "ACCOUNT_CREATED" } } as const;
const confirmed = { type: "AccountConfirmed", data: { userId: 7, from: "ACCOUNT_PENDING" } } as const;
const activated = { type: "AccountActivated", data: { userId: 7, from: "ACCOUNT_CONFIRMED" } } as const;
const suspended = { type: "AccountSuspended", data: { userId: 7, from: "ACCOUNT_ACTIVE" } } as const;

describe("an account", () => {
  test("is created and pending in one step", () => {
    given(account).when("CreateAccount", details).expectEvents(created, pending);
  });

  test("is no default account unless it is said to be", () => {
    const { state } = given(account).when("CreateAccount", { userId: 7, accountNumber: "123456" });
    expect(state).toMatchObject({ defaultAccount: false });
  });

  test("goes from pending to confirmed to active", () => {
    given(account, created, pending).when("ConfirmAccount", {}).expectEvents(confirmed);
    given(account, created, pending, confirmed).when("ActivateAccount", {}).expectEvents(activated);
  });

  test("can be suspended and archived while active, and come back from both", () => {
    const active = given(account, created, pending, confirmed, activated);
    active.when("SuspendAccount", {}).expectEvents(suspended);
    active.when("ArchiveAccount", {}).expectState({ status: "ACCOUNT_ARCHIVED", ...details });
    given(account, created, pending, confirmed, activated, suspended)
      .when("ActivateAccount", {})
      .expectEvents({ type: "AccountActivated", data: { userId: 7, from: "ACCOUNT_SUSPENDED" } });
  });

  test("refuses what its state forbids, and names the state", () => {
    const { refusal } = given(account, created, pending)
      .when("SuspendAccount", {})
      .expectRefusal("account-status-forbids");
    expect(refusal?.detail).toContain("ACCOUNT_PENDING");
    given(account, created, pending, confirmed, activated, suspended)
      .when("ArchiveAccount", {})
      .expectRefusal("account-status-forbids");
  });

  test("that was suspended meanwhile is not brought back by a late policy", () => {
    given(account, created, pending, confirmed, activated, suspended)
      .when("ActivateAccount", { from: "ACCOUNT_CONFIRMED" })
      .expectRefusal("account-status-forbids");
  });

  test("offers exactly what it would accept", () => {
    const examples = { CreateAccount: [{ userId: 1, accountNumber: "1" }] };
    expect(checkGuards(account, { seed: 1, examples, referrers: ["orders"] }).never).toEqual([]);
    expect(checkGuards(account, { seed: 1, examples }).never).toEqual(["CompleteArchiving"]);
  });
});

describe("the policies", () => {
  test("confirm a pending account and activate a confirmed one", async () => {
    expect(await reactionOf(confirmAccounts, account, "a1", pending)).toEqual([
      account.commands.ConfirmAccount("a1", {}),
    ]);
    expect(await reactionOf(activateAccounts, account, "a1", confirmed)).toEqual([
      account.commands.ActivateAccount("a1", { from: "ACCOUNT_CONFIRMED" }),
    ]);
    expect(await reactionOf(activateAccounts, account, "a1", created)).toEqual([]);
  });
});

describe("the views", () => {
  test("show an account with the times of its first and last event", () => {
    project(accounts)
      .at(1000)
      .of(account, "a1", created, pending)
      .at(2000)
      .of(account, "a1", confirmed)
      .expectRows({ a1: { createdAt: 1000, lastModified: 2000, ...details, status: "ACCOUNT_CONFIRMED" } });
  });

  test("count the accounts of a user by status, over all of them", () => {
    const other = { ...created, data: { ...details, accountNumber: "2" } };
    const { rows } = project(accountsPerUser)
      .of(account, "a1", created, pending, confirmed, activated)
      .of(account, "a2", other, pending);
    expect(rows["7"]).toMatchObject({
      accounts: 2,
      byStatus: { ACCOUNT_ACTIVE: 1, ACCOUNT_PENDING: 1, ACCOUNT_CREATED: 0 },
    });
  });
});
