-- Ten thousand lots of fifty bakeries, and all that goes with them: enough for PostgreSQL's planner, which only counts.
SET session_replication_role = replica;
INSERT INTO bakeries SELECT b, 'Bakery', 'SCALE', 'UTC', 'EUR', now() FROM generate_series(1, 50) b;
INSERT INTO members (bakery_id, id, name, role, recorded_at) SELECT b, b, 'Owner', 'OWNER', now() FROM generate_series(1, 50) b;
INSERT INTO access_tokens (bakery_id, id, member_id, token_hash, recorded_at)
    SELECT n % 50 + 1, n, n % 50 + 1, n::text, now() FROM generate_series(1, 2000) n;
INSERT INTO idempotency_keys (bakery_id, key, mutation, input_hash, result, recorded_at)
    SELECT n % 50 + 1, n::text, 'm', 'h', '{}', now() FROM generate_series(1, 20000) n;
INSERT INTO code_counters SELECT n % 50 + 1, 'LOT', date '2020-01-01' + n / 50, 9 FROM generate_series(0, 5000) n;
INSERT INTO suppliers (bakery_id, id, name, recorded_at) SELECT n % 50 + 1, n, 'S', now() FROM generate_series(1, 500) n;
INSERT INTO customers (bakery_id, id, name, recorded_at) SELECT n % 50 + 1, n, 'C', now() FROM generate_series(1, 5000) n;
INSERT INTO ingredients (bakery_id, id, name, unit, tracked, untracked, recorded_at)
    SELECT n % 50 + 1, n, 'I', 'kg', 0, 0, now() FROM generate_series(1, 1000) n;
INSERT INTO products (bakery_id, id, name, yield_quantity, inherit_expiry, recorded_at)
    SELECT n % 50 + 1, n, 'P', 1, false, now() FROM generate_series(1, 1000) n;
INSERT INTO recipe_lines (bakery_id, id, product_id, ingredient_id, quantity, unit)
    SELECT n % 50 + 1, n, n % 1000, n % 1000, 1, 'kg' FROM generate_series(1, 5000) n;
INSERT INTO purchase_orders (bakery_id, id, code, supplier_id, status, recorded_at)
    SELECT n % 50 + 1, n, n::text, n % 500, 'RECEIVED', now() FROM generate_series(1, 5000) n;
INSERT INTO purchase_order_lines (bakery_id, id, purchase_order_id, ingredient_id, unit, quantity_ordered, quantity_received)
    SELECT n % 50 + 1, n, n % 5000, n % 1000, 'kg', 1, 1 FROM generate_series(1, 10000) n;
INSERT INTO production_batches (bakery_id, id, code, product_id, quantity, quantity_allocated, quantity_written_off,
        produced_on, status, actor_id, recorded_at)
    SELECT n % 50 + 1, n, n::text, n % 1000, 9, 9, 0, date '2020-01-01' + n / 50, 'CONFIRMED', 1, now()
    FROM generate_series(1, 10000) n;
INSERT INTO lots (bakery_id, id, code, ingredient_id, source, origin_batch_id, received_on, expires_on, quantity_received,
        quantity_adjusted, quantity_consumed, quantity_written_off, quantity_remaining, recorded_at)
    SELECT n % 50 + 1, n, n::text, n % 1000, 'RESTOCK', CASE WHEN n % 5 = 0 THEN n END, date '2020-01-01' + n / 50,
        date '2020-02-01' + n / 50, 9, 0, CASE WHEN n % 20 = 0 THEN 0 ELSE 9 END, 0,
        CASE WHEN n % 20 = 0 THEN 9 ELSE 0 END, now()
    FROM generate_series(1, 10000) n;
INSERT INTO lot_holds (bakery_id, id, lot_id, cause, reason, placed_by, placed_at)
    SELECT n % 50 + 1, n, n, 'MANUAL', 'r', 1, now() FROM generate_series(1, 2000) n;
INSERT INTO consumptions (bakery_id, id, batch_id, ingredient_id, lot_id, source, quantity, chosen)
    SELECT n % 50 + 1, n, n % 10000, n % 1000, n * 7 % 10000, 'LOT', 1, false FROM generate_series(1, 60000) n;
INSERT INTO orders (bakery_id, id, number, customer_id, status, recorded_at)
    SELECT n % 50 + 1, n, n::text, n % 5000, 'COMPLETED', now() FROM generate_series(1, 20000) n;
INSERT INTO order_lines (bakery_id, id, order_id, product_id, quantity)
    SELECT n % 50 + 1, n, n % 20000, n % 1000, 1 FROM generate_series(1, 40000) n;
INSERT INTO order_status_changes (bakery_id, id, order_id, status, happened_on, actor_id, recorded_at)
    SELECT n % 50 + 1, n, n % 20000, 'READY', date '2020-01-01', 1, now() FROM generate_series(1, 40000) n;
INSERT INTO allocations (bakery_id, id, order_id, order_line_id, batch_id, quantity, linked_by, linked_at)
    SELECT n % 50 + 1, n, n % 20000, n, n % 10000, 1, 1, now() FROM generate_series(1, 40000) n;
INSERT INTO movements (bakery_id, id, ingredient_id, lot_id, kind, quantity, actor_id, happened_at, recorded_at)
    SELECT n % 50 + 1, n, n % 1000, n % 10000, 'PRODUCTION', 1, 1, now(), now() FROM generate_series(1, 100000) n;
ANALYZE;
