// GraphQL Yoga with a DataLoader for each relation and pg, as its guides show it. The bakery is a header.
import { createServer } from "node:http";
import DataLoader from "dataloader";
import { createSchema, createYoga } from "graphql-yoga";
import pg from "pg";

// Dates as the database writes them, and 64-bit counts as numbers: all of these are below 2^53.
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

const pool = new pg.Pool({ connectionString: process.env.PEER_DATABASE_URL, max: 20 });

const query = async (name, text, values) => (await pool.query({ name, text, values })).rows;

const one = (bakery, table) =>
  new DataLoader(async (ids) => {
    const rows = await query(`one ${table}`, `SELECT * FROM ${table} WHERE bakery_id = $1 AND id = ANY($2)`, [bakery, ids]);
    const found = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => found.get(id) ?? null);
  });

const many = (bakery, table, parent, condition = "true") =>
  new DataLoader(async (ids) => {
    const rows = await query(
      `many ${table} ${parent}`,
      `SELECT * FROM ${table} WHERE bakery_id = $1 AND ${parent} = ANY($2) AND ${condition} ORDER BY id`,
      [bakery, ids],
    );
    const groups = new Map(ids.map((id) => [id, []]));
    for (const row of rows) groups.get(row[parent]).push(row);
    return ids.map((id) => groups.get(id));
  });

const loaders = (bakery) => ({
  bakery,
  lot: one(bakery, "lots"),
  ingredient: one(bakery, "ingredients"),
  supplier: one(bakery, "suppliers"),
  customer: one(bakery, "customers"),
  product: one(bakery, "products"),
  batch: one(bakery, "production_batches"),
  order: one(bakery, "orders"),
  outputLots: many(bakery, "lots", "origin_batch_id"),
  consumptionsOfLot: many(bakery, "consumptions", "lot_id"),
  consumptionsOfBatch: many(bakery, "consumptions", "batch_id"),
  allocationsOfBatch: many(bakery, "allocations", "batch_id", "freed_at IS NULL"),
  allocationsOfLine: many(bakery, "allocations", "order_line_id", "freed_at IS NULL"),
  lines: many(bakery, "order_lines", "order_id"),
});

const plain = (millionths) => String(millionths / 1e6);
const load = (loader, id) => (id === null ? null : loader.load(id));
const quantity = (row) => plain(row.quantity);

const typeDefs = /* GraphQL */ `
  type Query { lot(code: String!): Lot  order(number: String!): Order }
  type Named { name: String! }
  type Customer { name: String! email: String phone: String }
  type Product { name: String! }
  type Lot {
    code: String! supplierLotNumber: String expiresOn: String ingredient: Named! supplier: Named
    originBatch: Batch consumptions: [Consumption!]!
  }
  type Consumption { quantity: String! unit: String! source: String! ingredient: Named! lot: Lot batch: Batch! }
  type Batch {
    code: String! producedOn: String! quantity: String! product: Product!
    allocations: [Allocation!]! consumptions: [Consumption!]! outputLot: Lot
  }
  type Allocation { quantity: String! order: Order! batch: Batch! }
  type OrderLine { quantity: String! product: Product! allocations: [Allocation!]! }
  type Order { number: String! status: String! dueOn: String customer: Customer lines: [OrderLine!]! }
`;

const resolvers = {
  Query: {
    lot: async (_, { code }, { bakery }) =>
      (await query("lot by code", "SELECT * FROM lots WHERE bakery_id = $1 AND code = $2", [bakery, code]))[0],
    order: async (_, { number }, { bakery }) =>
      (await query("order by number", "SELECT * FROM orders WHERE bakery_id = $1 AND number = $2", [bakery, number]))[0],
  },
  Lot: {
    supplierLotNumber: (lot) => lot.supplier_lot_number,
    expiresOn: (lot) => lot.expires_on,
    ingredient: (lot, _, { ingredient }) => ingredient.load(lot.ingredient_id),
    supplier: (lot, _, { supplier }) => load(supplier, lot.supplier_id),
    originBatch: (lot, _, { batch }) => load(batch, lot.origin_batch_id),
    consumptions: (lot, _, { consumptionsOfLot }) => consumptionsOfLot.load(lot.id),
  },
  Consumption: {
    quantity,
    unit: async (row, _, { ingredient }) => (await ingredient.load(row.ingredient_id)).unit,
    ingredient: (row, _, { ingredient }) => ingredient.load(row.ingredient_id),
    lot: (row, _, { lot }) => load(lot, row.lot_id),
    batch: (row, _, { batch }) => batch.load(row.batch_id),
  },
  Batch: {
    quantity,
    producedOn: (batch) => batch.produced_on,
    product: (batch, _, { product }) => product.load(batch.product_id),
    allocations: (batch, _, { allocationsOfBatch }) => allocationsOfBatch.load(batch.id),
    consumptions: (batch, _, { consumptionsOfBatch }) => consumptionsOfBatch.load(batch.id),
    outputLot: async (batch, _, { outputLots }) => (await outputLots.load(batch.id))[0],
  },
  Allocation: {
    quantity,
    order: (link, _, { order }) => order.load(link.order_id),
    batch: (link, _, { batch }) => batch.load(link.batch_id),
  },
  OrderLine: {
    quantity,
    product: (line, _, { product }) => product.load(line.product_id),
    allocations: (line, _, { allocationsOfLine }) => allocationsOfLine.load(line.id),
  },
  Order: {
    dueOn: (order) => order.due_on,
    customer: (order, _, { customer }) => load(customer, order.customer_id),
    lines: (order, _, { lines }) => lines.load(order.id),
  },
};

const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers }),
  context: ({ request }) => loaders(Number(request.headers.get("x-bakery"))),
  graphiql: false,
  landingPage: false,
  logging: "warn",
});

createServer(yoga).listen(Number(process.env.PORT), "127.0.0.1");
