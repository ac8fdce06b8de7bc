import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Behaviour, type GatewayStub, startGateway } from "../gateway/gateway-stub.ts";
import { type Gateway, httpGateway } from "../src/gateway.ts";

let stub: GatewayStub;
let gateway: Gateway;

beforeEach(async () => {
  stub = await startGateway();
  gateway = httpGateway(async () => stub.url);
});

afterEach(async () => {
  await stub.close();
});

const request = (signal = new AbortController().signal) => ({ idempotencyKey: "k1", signal });
const charge = (paymentId = "p1", amount = 1250) => gateway.charge(paymentId, amount, request());

async function behave(behaviour: Partial<Behaviour>): Promise<void> {
  const answer = await fetch(`${stub.url}/behaviour`, { method: "POST", body: JSON.stringify(behaviour) });
  expect(answer.ok).toBe(true);
}

/** What the gateway has noted of each payment. */
async function taken(): Promise<unknown> {
  const { charges } = (await (await fetch(`${stub.url}/charges`)).json()) as { readonly charges: unknown };
  return charges;
}

const charged = { status: "charged", reference: "charge-p1" };
const once = [{ paymentId: "p1", amount: 1250, status: "charged" }];
const silent = { message: "The payment gateway did not answer.", retryable: true };

describe("a gateway that behaves", () => {
  test("takes the money once for each payment, however often it is asked", async () => {
    expect(await charge()).toEqual(charged);
    expect(await charge()).toEqual(charged);
    expect(await Promise.all([charge(), charge()])).toEqual([charged, charged]);
    expect(await taken()).toEqual(once);
    expect(await charge("p2", 10)).toEqual({ status: "charged", reference: "charge-p2" });
    expect(await taken()).toEqual([...once, { paymentId: "p2", amount: 10, status: "charged" }]);
  });

  test("gives back what it took, and takes it no more", async () => {
    await charge();
    await gateway.void("p1", request());
    expect(await taken()).toEqual([{ paymentId: "p1", amount: 1250, status: "voided" }]);
    expect(await charge()).toEqual({ status: "refused", reason: "payment-voided" });
    await gateway.void("p1", request());
    expect(await taken()).toEqual([{ paymentId: "p1", amount: 1250, status: "voided" }]);
  });

  test("takes nothing for a payment that was voided before it was charged, whatever its id", async () => {
    const id = "a/b c?d";
    await gateway.void(id, request());
    expect(await charge(id)).toEqual({ status: "refused", reason: "payment-voided" });
    expect(await taken()).toEqual([{ paymentId: id, amount: 0, status: "voided" }]);
  });

  test("answers nothing else", async () => {
    expect((await fetch(`${stub.url}/refunds`)).status).toBe(404);
    expect((await fetch(`${stub.url}/charges`, { method: "POST", body: "{}" })).status).toBe(404);
  });
});

describe("a gateway that misbehaves", () => {
  test("refuses, and stays with it", async () => {
    await behave({ refuse: 1 });
    const refused = { status: "refused", reason: "payment-refused" };
    expect(await charge()).toEqual(refused);
    await behave({});
    expect(await charge()).toEqual(refused);
    expect(await taken()).toEqual([{ paymentId: "p1", amount: 1250, status: "refused" }]);
  });

  test("refuses nothing that it has taken already", async () => {
    await charge();
    await behave({ refuse: 1 });
    expect(await charge()).toEqual(charged);
  });

  test("takes the money and hangs, until the caller gives up and asks again", async () => {
    await behave({ hang: 1 });
    const caller = new AbortController();
    const answer = gateway.charge("p1", 1250, request(caller.signal));
    const givenUp = expect(answer).rejects.toMatchObject(silent);
    await expect.poll(taken).toEqual(once);
    caller.abort();
    await givenUp;
    await behave({});
    expect(await charge()).toEqual(charged);
    expect(await taken()).toEqual(once);
  });

  test("answers twice, and the next answer is to the next question", async () => {
    await behave({ twice: 1 });
    expect(await charge()).toEqual(charged);
    expect(await charge("p2", 10)).toEqual({ status: "charged", reference: "charge-p2" });
    expect(await taken()).toEqual([...once, { paymentId: "p2", amount: 10, status: "charged" }]);
  });

  test("breaks off before it has taken the money", async () => {
    await behave({ drop: 1 });
    await expect(charge()).rejects.toMatchObject(silent);
    expect(await taken()).toEqual([]);
    await behave({});
    expect(await charge()).toEqual(charged);
  });

  test("takes the money and breaks off, and takes it no second time", async () => {
    await behave({ dropAfter: 1 });
    await expect(charge()).rejects.toMatchObject(silent);
    expect(await taken()).toEqual(once);
    await behave({});
    expect(await charge()).toEqual(charged);
    expect(await taken()).toEqual(once);
  });

  test("misbehaves as it was started, and voids all the same", async () => {
    const dropping = await startGateway({ behaviour: { drop: 1 } });
    const reached = httpGateway(async () => dropping.url);
    await expect(reached.charge("p1", 1, request())).rejects.toMatchObject(silent);
    await expect(reached.void("p1", request())).resolves.toBeUndefined();
    await dropping.close();
  });
});

describe("a gateway that is in trouble", () => {
  /** What a caller makes of an answer that no stub of ours gives. */
  async function chargeAnsweredBy(answer: (response: ServerResponse) => void): Promise<unknown> {
    const server = createServer((_request, response) => answer(response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const troubled = httpGateway(async () => `http://127.0.0.1:${port}`);
    const outcome = await troubled.charge("p1", 1250, request()).catch((error: unknown) => error);
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
    return outcome;
  }

  test("may be asked again when it is away", async () => {
    await stub.close();
    await expect(charge()).rejects.toMatchObject(silent);
    await expect(gateway.void("p1", request())).rejects.toMatchObject(silent);
  });

  test("may be asked again when it has failed", async () => {
    expect(await chargeAnsweredBy((response) => response.writeHead(500).end())).toMatchObject(silent);
  });

  test("may be asked again when it breaks off in the midst of its answer", async () => {
    const outcome = await chargeAnsweredBy((response) => {
      response.writeHead(200, { "content-length": 100 });
      response.write('{"status":', () => response.destroy());
    });
    expect(outcome).toMatchObject(silent);
  });
});
