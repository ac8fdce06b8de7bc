import type { ServiceDefinition, UsedContract } from "../domain/service.ts";
import type { ViewDefinition } from "../domain/view.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import { requireStorableText } from "../message/json.ts";
import type { Connections } from "../ports/connection.ts";
import type { EventStore } from "../ports/event-store.ts";
import type { DiscardedEvent } from "../ports/parked-event.ts";
import { type ProcessorState, unstartedProcessor } from "../ports/processor-state.ts";
import type { StateStore } from "../ports/state-store.ts";
import { processorOfTable } from "../ports/view-table.ts";
import { audit } from "./audit.ts";
import { checkIntegrity } from "./check-integrity.ts";
import { followAnew, subscriptionName, subscriptionProcessor } from "./followed-feed.ts";
import { healthOf } from "./health.ts";
import { policyProcessor } from "./policy-processor.ts";
import { projectionProcessor } from "./projection-worker.ts";
import type {
  AuditReport,
  AuditRequest,
  Health,
  IntegrityReport,
  Operations,
  ParkedEventReport,
  ParkedReport,
  ProcessorReport,
  Role,
} from "./runtime.ts";
import { positionOf } from "./share-ranges.ts";
import { followedBy } from "./sources-of.ts";
import { tableOf, tablesOf } from "./view-tables.ts";

/** Parked sequences listed at most: more than anyone reads, little enough to answer at once. */
const maxListed = 10_000;

/** Looks after the processors of a service; see `Operations`. Everything goes through the state store, so any process can. */
export class ServiceOperations implements Operations {
  readonly #service: ServiceDefinition;
  readonly #events: EventStore;
  readonly #states: StateStore;
  readonly #connections: Connections;
  readonly #answersViews: boolean;
  readonly #nudge: (processor?: string) => void;
  readonly #isStopping: () => boolean;

  constructor(parts: {
    service: ServiceDefinition;
    events: EventStore;
    states: StateStore;
    connections: Connections;
    roles: ReadonlySet<Role>;
    /** Tells the processors of this process to look at their state at once. */
    nudge: (processor?: string) => void;
    isStopping: () => boolean;
  }) {
    this.#service = parts.service;
    this.#events = parts.events;
    this.#states = parts.states;
    this.#connections = parts.connections;
    // Who only takes commands can do so while views are being built.
    this.#answersViews = parts.roles.has("query") || parts.roles.has("processor");
    this.#nudge = parts.nudge;
    this.#isStopping = parts.isStopping;
  }

  health(): Promise<Health> {
    return healthOf(
      { events: this.#events, states: this.#states },
      this.#answersViews ? this.#service.views : undefined,
      this.#isStopping(),
    );
  }

  checkIntegrity(): Promise<IntegrityReport> {
    return checkIntegrity(this.#service, this.#events, this.#connections);
  }

  async processors(): Promise<readonly ProcessorReport[]> {
    const { position: head } = await this.#events.head();
    const states = await this.#states.listProcessors();
    const reports: ProcessorReport[] = [];
    for (const view of this.#service.views) {
      const tables = await tablesOf(this.#states, view);
      const serving = tables[0] ?? tableOf(view, 1);
      const report = await this.#report(view.name, "view", processorOfTable(serving), states, head);
      reports.push({
        ...report,
        tables: tables.map((table, index) => ({
          version: table.version,
          generation: table.generation,
          position: positionOf(states.get(processorOfTable(table))),
          serving: index === 0,
        })),
      });
    }
    for (const policy of this.#service.policies) {
      reports.push(await this.#report(policy.name, "policy", policyProcessor(policy), states, head));
    }
    for (const projection of this.#service.projections) {
      const processor = projectionProcessor(projection);
      reports.push(await this.#report(projection.name, "projection", processor, states, head));
    }
    for (const { contract } of followedBy(this.#service)) {
      const processor = subscriptionProcessor(contract);
      const report = await this.#report(subscriptionName(contract), "subscription", processor, states, head);
      reports.push({ ...report, lag: 0 });
    }
    return reports;
  }

  async pause(name: string): Promise<void> {
    for (const processor of await this.#processorsOf(name)) {
      await this.#states.updateProcessor(processor, (state) => ({ ...state, paused: true }));
      this.#nudge(processor);
    }
  }

  async resume(name: string): Promise<void> {
    for (const processor of await this.#processorsOf(name)) {
      await this.#states.updateProcessor(processor, (state) => ({ ...state, paused: false }));
      this.#nudge(processor);
    }
  }

  async rebuild(name: string): Promise<void> {
    const subscription = this.#subscription(name);
    if (subscription !== undefined) {
      await followAnew(this.#events, subscription.contract);
      return this.#nudge(subscriptionProcessor(subscription.contract));
    }
    const view = this.#view(name);
    const tables = await tablesOf(this.#states, view);
    const last = tables.at(-1);
    // One that is being built already is what was asked for.
    if (last !== undefined && last !== tables[0]) return;
    await this.#states.createTable(tableOf(view, (last?.generation ?? 0) + 1));
    this.#nudge();
  }

  async parked(name?: string): Promise<readonly ParkedReport[]> {
    const names =
      name === undefined
        ? [...this.#service.views, ...this.#service.policies].map((declared) => declared.name)
        : [name];
    const reports: ParkedReport[] = [];
    for (const each of names) {
      for (const processor of await this.#processorsOf(each)) {
        const sequences = await this.#states.listParkedSequences(processor, { limit: maxListed });
        for (const parked of sequences) reports.push({ processor: each, ...parked });
      }
    }
    return reports;
  }

  async parkedSequence(name: string, sequence: string): Promise<readonly ParkedEventReport[]> {
    const reports: ParkedEventReport[] = [];
    for (const processor of await this.#processorsOf(name)) {
      for (const parked of await this.#states.listParked(processor, { sequence, limit: 1000 })) {
        const { events } = await this.#events.readLog({ after: parked.position - 1, limit: 1 });
        reports.push({ ...parked, event: events[0] });
      }
    }
    if (reports.length === 0) throw notParked(name, sequence);
    return reports;
  }

  async retryParked(name: string, sequence: string): Promise<void> {
    let found = false;
    for (const processor of await this.#processorsOf(name)) {
      found = (await this.#states.requestRetry(processor, sequence)) || found;
      this.#nudge(processor);
    }
    if (!found) throw notParked(name, sequence);
  }

  async discardParked(name: string, sequence: string, position: number, reason: string): Promise<void> {
    const [processor] = await this.#processorsOf(name);
    if (this.#service.views.some((view) => view.name === name)) {
      throw new MillraceError(
        "discard-refused",
        `The rows of view ${name} must equal the fold of the log, so none of its events can be discarded: fix the view and retry ${sequence}, or rebuild the view.`,
        { data: { processor: name, sequence } },
      );
    }
    requireStorableText(reason, "The reason");
    if (reason.trim() === "")
      throw new MillraceError("request-malformed", "Discarding an event needs a reason, which is recorded.");
    const [first] = await this.#states.listParked(processor ?? "", { sequence, limit: 1 });
    if (first === undefined) throw notParked(name, sequence);
    if (
      first.position !== position ||
      !(await this.#states.discardParked(processor ?? "", sequence, position, reason))
    ) {
      throw new MillraceError(
        "parked-not-found",
        `Only the first event of a parked sequence can be discarded: ${sequence} of ${name} begins at position ${first.position}; found ${position}.`,
        { data: { processor: name, sequence, expected: first.position, found: position } },
      );
    }
    this.#nudge(processor);
  }

  async discarded(name: string): Promise<readonly DiscardedEvent[]> {
    const lists = await Promise.all(
      (await this.#processorsOf(name)).map((processor) => this.#states.listDiscarded(processor)),
    );
    return lists.flat();
  }

  audit(request: AuditRequest): AsyncIterable<AuditReport> {
    const views =
      request.views === undefined ? this.#service.views : request.views.map((name) => this.#view(name));
    return audit({ events: this.#events, states: this.#states }, views, request.sample ?? 0.01);
  }

  /** The names in the state store of what has this public name: several while a view is being rebuilt, and one where it has no table yet. */
  async #processorsOf(name: string): Promise<readonly string[]> {
    const policy = this.#service.policies.find((declared) => declared.name === name);
    if (policy !== undefined) return [policyProcessor(policy)];
    const projection = this.#service.projections.find((declared) => declared.name === name);
    if (projection !== undefined) return [projectionProcessor(projection)];
    const subscription = this.#subscription(name);
    if (subscription !== undefined) return [subscriptionProcessor(subscription.contract)];
    const view = this.#view(name);
    const tables = await tablesOf(this.#states, view);
    return (tables.length > 0 ? tables : [tableOf(view, 1)]).map(processorOfTable);
  }

  #subscription(name: string): UsedContract | undefined {
    return followedBy(this.#service).find(({ contract }) => subscriptionName(contract) === name);
  }

  #view(name: string): ViewDefinition {
    const view = this.#service.views.find((declared) => declared.name === name);
    if (view !== undefined) return view;
    const { views, policies, projections } = this.#service;
    const subscriptions = followedBy(this.#service).map(({ contract }) => subscriptionName(contract));
    const declared = [...views, ...policies, ...projections].map((each) => each.name);
    const known = [...declared, ...subscriptions].join(", ");
    const isOther = [...policies, ...projections].some((each) => each.name === name);
    throw new MillraceError(
      "processor-not-found",
      isOther
        ? `${name} is no view; only views are rebuilt and audited.`
        : `Service ${this.#service.name} has no processor ${JSON.stringify(name)}; expected one of ${known || "none"}.`,
      { data: { processor: name } },
    );
  }

  async #report(
    name: string,
    kind: ProcessorReport["kind"],
    processor: string,
    states: ReadonlyMap<string, ProcessorState>,
    head: number,
  ): Promise<ProcessorReport> {
    const state = states.get(processor) ?? unstartedProcessor;
    const position = positionOf(state);
    const parked = await this.#states.listParkedSequences(processor, { limit: maxListed });
    const retrying = parked.filter(({ first }) => first.retryAt !== undefined).length;
    const started = state.ranges.length > 0;
    const status = state.paused
      ? "paused"
      : state.ranges.some((range) => range.failure !== undefined)
        ? "stopped"
        : state.ranges.every((range) => range.owner === undefined)
          ? "idle"
          : kind === "view" && position < state.buildTarget
            ? "building"
            : "running";
    return {
      name,
      kind,
      status,
      lag: started ? Math.max(0, head - position) : head,
      position,
      parkedSequences: parked.length - retrying,
      retryingSequences: retrying,
      state,
    };
  }
}

function notParked(processor: string, sequence: string): MillraceError {
  return new MillraceError(
    "parked-not-found",
    `${processor} has parked nothing of ${JSON.stringify(sequence)}.`,
    {
      data: { processor, sequence },
    },
  );
}
