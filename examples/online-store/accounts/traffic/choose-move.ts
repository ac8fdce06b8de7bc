import type { AccountApi, Answer } from "./account-api.ts";
import type { KnownAccount, KnownAccounts } from "./known-accounts.ts";

/** One command as a customer or clerk sends it, and what should come of it. */
export interface Move {
  readonly name: string;
  /** `accepted`, or the code of the refusal that it asks for. */
  readonly expected: string;
  send(): Promise<Answer>;
  /** What of the account's row must be so after the command was accepted. */
  readonly row?: { readonly [field: string]: unknown };
  /** Called with the answer of a command that went as expected. */
  done(answer: Answer): void;
  /** Called in the end, however it went. */
  release(): void;
}

export interface Players {
  readonly api: AccountApi;
  readonly accounts: KnownAccounts;
  /** Makes the account numbers of this run its own. */
  readonly run: string;
}

/** How often each kind of move is played, in parts of the whole: as many accounts come back as are put aside. */
const weights = {
  create: 20,
  suspend: 20,
  suspendByEvent: 6,
  archive: 8,
  activate: 34,
  /** Mistakes that people make: a number that is taken, a command that comes too late, the same click twice. */
  createTaken: 3,
  suspendAgain: 5,
  repeat: 4,
} as const;

type Kind = keyof typeof weights;

/** Plays one kind at random; where no account is there for it, another account is created. */
export async function chooseMove(players: Players): Promise<Move> {
  return (await moveOf(players, kindByWeight())) ?? create(players);
}

function kindByWeight(): Kind {
  const kinds = Object.entries(weights) as readonly [Kind, number][];
  let left = Math.random() * kinds.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [kind, weight] of kinds) {
    left -= weight;
    if (left < 0) return kind;
  }
  return "create";
}

async function moveOf(players: Players, kind: Kind): Promise<Move | undefined> {
  const { accounts } = players;
  switch (kind) {
    case "create":
      return create(players);
    case "createTaken":
      return createTaken(players);
    case "suspend":
      return change(players, await activeAccount(players), "suspend-account", "ACCOUNT_SUSPENDED");
    case "suspendByEvent":
      return suspendByEvent(players, await activeAccount(players));
    case "archive":
      return change(players, await activeAccount(players), "archive-account", "ACCOUNT_ARCHIVED");
    case "activate": {
      const account = accounts.take(Math.random() < 0.75 ? "ACCOUNT_SUSPENDED" : "ACCOUNT_ARCHIVED");
      return change(players, account, "activate-account", "ACCOUNT_ACTIVE");
    }
    case "suspendAgain":
      return suspendAgain(players, accounts.take("ACCOUNT_SUSPENDED"));
    case "repeat":
      return repeat(players, accounts.take("ACCOUNT_SUSPENDED"));
    default:
      return kind satisfies never;
  }
}

/** An account that is active: a new one as soon as it is, so that new accounts come into use. */
async function activeAccount({ accounts, api }: Players): Promise<KnownAccount | undefined> {
  const fresh = accounts.take("NEW");
  if (fresh === undefined) return accounts.take("ACCOUNT_ACTIVE");
  const { body } = await api.state(fresh.id);
  const { status } = (body.state ?? {}) as { status?: unknown };
  if (status === "ACCOUNT_ACTIVE") {
    fresh.status = status;
    return fresh;
  }
  accounts.putBack(fresh);
  return accounts.take("ACCOUNT_ACTIVE");
}

function create({ api, accounts, run }: Players): Move {
  const data = {
    // Few users have many accounts, many have one.
    userId: 1 + Math.floor(Math.random() ** 3 * 10_000),
    accountNumber: `${run}-${crypto.randomUUID().slice(0, 12)}`,
    defaultAccount: Math.random() < 0.5,
  };
  return {
    name: "create-account",
    expected: "accepted",
    send: () => api.create(data, crypto.randomUUID()),
    row: data,
    done: ({ id }) => {
      const { userId, accountNumber } = data;
      accounts.add({ id, userId, accountNumber, status: "NEW" });
    },
    release: () => {},
  };
}

function createTaken({ api, accounts }: Players): Move | undefined {
  const accountNumber = accounts.takenNumber();
  if (accountNumber === undefined) return undefined;
  return {
    name: "create-account, number taken",
    expected: "account-number-taken",
    send: () => api.create({ userId: 1, accountNumber }, crypto.randomUUID()),
    done: () => {},
    release: () => {},
  };
}

function change(
  { api, accounts }: Players,
  account: KnownAccount | undefined,
  name: string,
  status: KnownAccount["status"],
): Move | undefined {
  if (account === undefined) return undefined;
  const key = crypto.randomUUID();
  return {
    name,
    expected: "accepted",
    send: () => api.command(account.id, name, key),
    row: { status },
    done: ({ version }) => {
      account.status = status;
      account.last = { name, key, version };
    },
    release: () => accounts.putBack(account),
  };
}

function suspendByEvent(players: Players, account: KnownAccount | undefined): Move | undefined {
  const move = change(players, account, "suspend-account", "ACCOUNT_SUSPENDED");
  if (move === undefined || account === undefined) return undefined;
  const { id, accountNumber } = account;
  const event = { type: "ACCOUNT_SUSPENDED", accountNumber, createdAt: 0, lastModified: 0 };
  return {
    ...move,
    name: "event ACCOUNT_SUSPENDED",
    send: () => players.api.event(id, event, crypto.randomUUID()),
    done: () => {
      account.status = "ACCOUNT_SUSPENDED";
      delete account.last;
    },
  };
}

function suspendAgain({ api, accounts }: Players, account: KnownAccount | undefined): Move | undefined {
  if (account === undefined) return undefined;
  return {
    name: "suspend-account, too late",
    expected: "account-status-forbids",
    send: () => api.command(account.id, "suspend-account", crypto.randomUUID()),
    done: () => {},
    release: () => accounts.putBack(account),
  };
}

/** The last command once more with its key: the service must answer with what it answered before, and do nothing. */
function repeat({ api, accounts }: Players, account: KnownAccount | undefined): Move | undefined {
  if (account === undefined) return undefined;
  const release = () => accounts.putBack(account);
  const { last } = account;
  if (last === undefined) {
    release();
    return undefined;
  }
  return {
    name: `${last.name}, once more`,
    expected: "accepted",
    send: async () => {
      const answer = await api.command(account.id, last.name, last.key);
      return answer.version === last.version
        ? answer
        : { ...answer, status: 0, code: "not-the-first-result" };
    },
    row: { status: account.status },
    done: () => {},
    release,
  };
}
