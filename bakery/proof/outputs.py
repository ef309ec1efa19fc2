"""What intermediates made, against what their products make: a product may change, but not in this (R-4.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bakery.proof.records import Breach, ProvenLot, Run


def output_breaches(
    makes: Mapping[int, int | None], runs: Iterable[Run], lots: Iterable[ProvenLot]
) -> Iterable[Breach]:
    """`makes` is the ingredient that each product makes, if any, by product."""
    products = {run.id: run.product_id for run in runs}
    for lot in lots:
        if lot.origin_batch_id is None or lot.origin_batch_id not in products:
            continue
        product_id = products[lot.origin_batch_id]
        made = makes.get(product_id)
        if product_id in makes and made != lot.ingredient_id:
            what = "nothing that is stock" if made is None else f"ingredient {made}"
            message = f"It is of ingredient {lot.ingredient_id}, but product {product_id}, of its batch, makes {what}."
            yield Breach("R-4.4", lot.code, message)
