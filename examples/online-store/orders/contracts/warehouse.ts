// Written by `millrace contracts write`; do not edit.
import { readContract } from "millrace";

export default readContract<{
  service: "warehouse";
  events: {
    AllocationFailed: { reason: string };
    OrderAllocated: { warehouseId: string };
    ReservationChanged: {
      orderId: string;
      status:
        | "RESERVATION_CREATED"
        | "ORDER_CONNECTED"
        | "INVENTORY_CONNECTED"
        | "RESERVATION_SUCCEEDED"
        | "RESERVATION_FAILED"
        | "RESERVATION_RELEASED";
    };
    StockChanged: { available: number; productId: string; reserved: number; sold: number; warehouseId: string };
  };
  commands: {
    allocation: {
      AllocateOrder: { lineItems: { productId: string; quantity: number }[] };
      ConfirmAllocation: { attempt: number };
      FailAllocation: { reason: string };
      RejectWarehouse: { attempt: number };
      ReleaseAllocation: Record<string, never>;
      SellAllocation: Record<string, never>;
      TryWarehouse: { warehouseId: string };
    };
    inventory: {
      ReceiveUnits: { productId: string; quantity: number; warehouseId: string };
      ReleaseUnits: { reservationId: string };
      ReserveUnits: { quantity: number; reservationId: string };
      SellUnits: { reservationId: string };
    };
    reservation: {
      ConfirmReservation: Record<string, never>;
      CreateReservation: { orderId: string; productId: string; quantity: number; warehouseId: string };
      FailReservation: { reason: string };
      ReleaseReservation: Record<string, never>;
    };
    warehouse: { AddInventory: { productId: string; quantity: number }; CreateWarehouse: { name: string } };
  };
  views: {
    reservations: {
      orderId: string;
      productId: string;
      quantity: number;
      reason: string | null;
      status:
        | "RESERVATION_CREATED"
        | "ORDER_CONNECTED"
        | "INVENTORY_CONNECTED"
        | "RESERVATION_SUCCEEDED"
        | "RESERVATION_FAILED"
        | "RESERVATION_RELEASED";
      warehouseId: string;
    };
    stock: { available: number; productId: string; reserved: number; sold: number; warehouseId: string };
    warehouses: { name: string };
  };
}>({
  millraceContract: 1,
  service: "warehouse",
  aggregates: {
    allocation: {
      collection: "allocations",
      commands: {
        AllocateOrder: {
          properties: {
            lineItems: {
              items: {
                properties: {
                  productId: { pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", type: "string" },
                  quantity: { maximum: 1000000, minimum: 1, type: "integer" },
                },
                required: ["productId", "quantity"],
                type: "object",
              },
              maxItems: 100,
              minItems: 1,
              type: "array",
            },
          },
          required: ["lineItems"],
          type: "object",
        },
        ConfirmAllocation: {
          properties: { attempt: { maximum: 9007199254740991, minimum: -9007199254740991, type: "integer" } },
          required: ["attempt"],
          type: "object",
        },
        FailAllocation: { properties: { reason: { type: "string" } }, required: ["reason"], type: "object" },
        RejectWarehouse: {
          properties: { attempt: { maximum: 9007199254740991, minimum: -9007199254740991, type: "integer" } },
          required: ["attempt"],
          type: "object",
        },
        ReleaseAllocation: { properties: {}, type: "object" },
        SellAllocation: { properties: {}, type: "object" },
        TryWarehouse: {
          properties: { warehouseId: { type: "string" } },
          required: ["warehouseId"],
          type: "object",
        },
      },
    },
    inventory: {
      collection: "inventory",
      commands: {
        ReceiveUnits: {
          properties: {
            productId: { pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", type: "string" },
            quantity: { maximum: 1000000, minimum: 1, type: "integer" },
            warehouseId: { type: "string" },
          },
          required: ["warehouseId", "productId", "quantity"],
          type: "object",
        },
        ReleaseUnits: {
          properties: { reservationId: { type: "string" } },
          required: ["reservationId"],
          type: "object",
        },
        ReserveUnits: {
          properties: {
            quantity: { maximum: 1000000, minimum: 1, type: "integer" },
            reservationId: { type: "string" },
          },
          required: ["reservationId", "quantity"],
          type: "object",
        },
        SellUnits: {
          properties: { reservationId: { type: "string" } },
          required: ["reservationId"],
          type: "object",
        },
      },
    },
    reservation: {
      collection: "reservations",
      commands: {
        ConfirmReservation: { properties: {}, type: "object" },
        CreateReservation: {
          properties: {
            orderId: { type: "string" },
            productId: { pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", type: "string" },
            quantity: { maximum: 1000000, minimum: 1, type: "integer" },
            warehouseId: { type: "string" },
          },
          required: ["orderId", "warehouseId", "productId", "quantity"],
          type: "object",
        },
        FailReservation: { properties: { reason: { type: "string" } }, required: ["reason"], type: "object" },
        ReleaseReservation: { properties: {}, type: "object" },
      },
    },
    warehouse: {
      collection: "warehouses",
      commands: {
        AddInventory: {
          properties: {
            productId: { pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", type: "string" },
            quantity: { maximum: 1000000, minimum: 1, type: "integer" },
          },
          required: ["productId", "quantity"],
          type: "object",
        },
        CreateWarehouse: {
          properties: { name: { maxLength: 100, minLength: 1, type: "string" } },
          required: ["name"],
          type: "object",
        },
      },
    },
  },
  events: {
    AllocationFailed: {
      schema: { properties: { reason: { type: "string" } }, required: ["reason"], type: "object" },
      version: 1,
    },
    OrderAllocated: {
      schema: { properties: { warehouseId: { type: "string" } }, required: ["warehouseId"], type: "object" },
      version: 1,
    },
    ReservationChanged: {
      schema: {
        properties: {
          orderId: { type: "string" },
          status: {
            enum: [
              "RESERVATION_CREATED",
              "ORDER_CONNECTED",
              "INVENTORY_CONNECTED",
              "RESERVATION_SUCCEEDED",
              "RESERVATION_FAILED",
              "RESERVATION_RELEASED",
            ],
            type: "string",
          },
        },
        required: ["orderId", "status"],
        type: "object",
      },
      version: 1,
    },
    StockChanged: {
      schema: {
        properties: {
          available: { maximum: 9007199254740991, minimum: -9007199254740991, type: "integer" },
          productId: { type: "string" },
          reserved: { maximum: 9007199254740991, minimum: -9007199254740991, type: "integer" },
          sold: { maximum: 9007199254740991, minimum: -9007199254740991, type: "integer" },
          warehouseId: { type: "string" },
        },
        required: ["warehouseId", "productId", "available", "reserved", "sold"],
        type: "object",
      },
      version: 1,
    },
  },
  views: {
    reservations: {
      schema: {
        additionalProperties: false,
        properties: {
          orderId: { type: "string" },
          productId: { pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", type: "string" },
          quantity: { maximum: 1000000, minimum: 1, type: "integer" },
          reason: { type: ["string", "null"] },
          status: {
            enum: [
              "RESERVATION_CREATED",
              "ORDER_CONNECTED",
              "INVENTORY_CONNECTED",
              "RESERVATION_SUCCEEDED",
              "RESERVATION_FAILED",
              "RESERVATION_RELEASED",
            ],
            type: "string",
          },
          warehouseId: { type: "string" },
        },
        required: ["orderId", "warehouseId", "productId", "quantity", "status", "reason"],
        type: "object",
      },
      version: 1,
    },
    stock: {
      schema: {
        additionalProperties: false,
        properties: {
          available: { maximum: 9007199254740991, minimum: -9007199254740991, type: "integer" },
          productId: { pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", type: "string" },
          reserved: { maximum: 9007199254740991, minimum: -9007199254740991, type: "integer" },
          sold: { maximum: 9007199254740991, minimum: -9007199254740991, type: "integer" },
          warehouseId: { type: "string" },
        },
        required: ["warehouseId", "productId", "available", "reserved", "sold"],
        type: "object",
      },
      version: 1,
    },
    warehouses: {
      schema: {
        additionalProperties: false,
        properties: { name: { type: "string" } },
        required: ["name"],
        type: "object",
      },
      version: 1,
    },
  },
});
