import type { Connection, Connections } from "../../ports/connection.ts";
import type { Telemetry } from "../../ports/telemetry.ts";
import { inProcess } from "../../runtime/in-process.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { startService } from "../../runtime/start-service.ts";
import { openDatabase, type Stores } from "./open-database.ts";
import type { Member, TogetherSettings } from "./settings.ts";
import { isGoneWorker, newWorkerName } from "./worker-name.ts";

/** The services of one process over their databases, each with a direct way to the others. */
export class OpenedServices {
  readonly #settings: TogetherSettings;
  readonly #telemetry: Telemetry;
  readonly #stores: Stores[] = [];
  readonly #runtimes = new Map<string, Runtime>();
  #allStarted: () => void = () => {};
  /** Before all have started, those that have wait for those that they reach. */
  readonly #started = new Promise<void>((resolve) => {
    this.#allStarted = resolve;
  });

  constructor(settings: TogetherSettings, telemetry: Telemetry) {
    this.#settings = settings;
    this.#telemetry = telemetry;
  }

  /** Opens the databases and starts the services. What was opened and started before it rejects is for `stop` and `close`. */
  async open(): Promise<ReadonlyMap<string, Runtime>> {
    const { members, roles } = this.#settings;
    for (const member of members) {
      const { service, database, engine } = member;
      const telemetry = members.length > 1 ? labelled(this.#telemetry, service.name) : this.#telemetry;
      const stores = await openDatabase(database, { service: service.name, telemetry });
      this.#stores.push(stores);
      const runtime = await startService(service, {
        events: stores.events,
        state: stores.state,
        ...engine,
        services: { ...engine.services, ...this.#connectionsOf(member) },
        roles,
        telemetry,
        workerId: newWorkerName(),
        isGone: isGoneWorker,
      });
      this.#runtimes.set(service.name, runtime);
    }
    this.#allStarted();
    return this.#runtimes;
  }

  async stop(): Promise<void> {
    this.#allStarted();
    await Promise.all([...this.#runtimes.values()].map((runtime) => runtime.stop()));
  }

  async close(): Promise<void> {
    await Promise.all(this.#stores.map((stores) => stores.close()));
  }

  #connectionsOf({ service }: Member): Connections {
    const others = this.#settings.members.filter((member) => member.service !== service);
    return Object.fromEntries(
      others.map((other) => [other.service.name, this.#connect(other.service.name, service.name)]),
    );
  }

  #connect(name: string, caller: string): Connection {
    const reached = async (): Promise<Connection> => {
      await this.#started;
      const runtime = this.#runtimes.get(name);
      if (runtime === undefined) throw new Error(`Service ${name} was stopped before it had started.`);
      return inProcess(runtime, caller);
    };
    return {
      feed: { read: async (request) => (await reached()).feed.read(request) },
      commands: { send: async (command) => (await reached()).commands.send(command) },
    };
  }
}

/** Tells in metrics and log entries of which service they are. */
function labelled(telemetry: Telemetry, service: string): Telemetry {
  return {
    count: (metric, labels, amount) => telemetry.count(metric, { ...labels, service }, amount),
    observe: (metric, value, labels) => telemetry.observe(metric, value, { ...labels, service }),
    gauge: (metric, value, labels) => telemetry.gauge(metric, value, { ...labels, service }),
    log: (level, message, facts) => telemetry.log(level, message, { service, ...facts }),
  };
}
