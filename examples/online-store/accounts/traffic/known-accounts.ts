/** An account as the generator believes it to be. */
export interface KnownAccount {
  readonly id: string;
  readonly accountNumber: string;
  readonly userId: number;
  /** "NEW" until it was seen to be active: policies see to that in their own time. */
  status: "NEW" | "ACCOUNT_ACTIVE" | "ACCOUNT_SUSPENDED" | "ACCOUNT_ARCHIVED";
  /** The last command that was accepted, to be repeated. */
  last?: { readonly name: string; readonly key: string; readonly version: number };
}

/**
 * The accounts that nobody is busy with. A caller takes one out, so that its next status is known for certain, and puts it
 * back.
 */
export class KnownAccounts {
  readonly #free = new Map<KnownAccount["status"], KnownAccount[]>();
  readonly #numbers: string[] = [];

  add(account: KnownAccount): void {
    this.#numbers.push(account.accountNumber);
    this.putBack(account);
  }

  putBack(account: KnownAccount): void {
    const free = this.#free.get(account.status);
    if (free === undefined) this.#free.set(account.status, [account]);
    else free.push(account);
  }

  /** Any account of this status; of the new ones the oldest, which is the likeliest to be active by now. */
  take(status: KnownAccount["status"]): KnownAccount | undefined {
    const free = this.#free.get(status) ?? [];
    if (status === "NEW") return free.shift();
    const index = Math.floor(Math.random() * free.length);
    const last = free.pop();
    if (last === undefined || index === free.length) return last;
    const taken = free[index];
    free[index] = last;
    return taken;
  }

  /** A number that some account has already. */
  takenNumber(): string | undefined {
    return this.#numbers[Math.floor(Math.random() * this.#numbers.length)];
  }
}
