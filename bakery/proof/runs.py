"""Runs, judged by the stock that there was at their moment (R-5.2 to R-5.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from bakery.catalogue import ConsumptionOrder
from bakery.expiry import is_expired
from bakery.lots import MovementKind
from bakery.production import ConsumptionSource
from bakery.proof.records import Booked, Breach, HeldLot, ProvenLot, Run, Used, amount
from bakery.proof.shelf import Age, age
from bakery.proof.stock import StockReplay
from bakery.quantity import ZERO

_NO_AGE: Age = (date.min, date.min, 0)
_STAGES = (ConsumptionSource.LOT, ConsumptionSource.UNTRACKED, ConsumptionSource.UNACCOUNTED)


class RunReplay:
    """Judges each run, an ingredient at a time, just before its first movement of that ingredient.

    That is the stock the run chose from: the ingredient is locked while a run books, so none of its movements stand
    between those of the run.
    """

    def __init__(
        self, stock: StockReplay, runs: Mapping[int, Run], uses: Iterable[Used], holds: Iterable[HeldLot]
    ) -> None:
        self._stock = stock
        self._runs = runs
        self._uses: dict[tuple[int, int], list[Used]] = {}
        self._holds: dict[int, list[HeldLot]] = {}
        self._judged: set[tuple[int, int]] = set()
        self._booked: dict[tuple[int | None, int, int | None], Decimal] = {}
        self._corrected: dict[tuple[int, int], Decimal] = {}
        self._found: list[Breach] = []
        for use in uses:
            self._uses.setdefault((use.batch_id, use.ingredient_id), []).append(use)
        for hold in holds:
            self._holds.setdefault(hold.lot_id, []).append(hold)

    def before(self, movement: Booked) -> None:
        """To be told of each movement before the stock is."""
        if movement.kind is MovementKind.ADJUSTMENT and movement.batch_id is not None:
            corrected = movement.batch_id, movement.ingredient_id
            self._corrected[corrected] = self._corrected.get(corrected, ZERO) + movement.quantity
        if movement.kind is not MovementKind.PRODUCTION:
            return
        booked = movement.batch_id, movement.ingredient_id, movement.lot_id
        self._booked[booked] = self._booked.get(booked, ZERO) - movement.quantity
        if movement.batch_id is None:
            return
        judged = movement.batch_id, movement.ingredient_id
        if judged not in self._judged:
            self._judged.add(judged)
            run, uses = self._runs.get(movement.batch_id), self._uses.get(judged)
            if run is not None and uses is not None:
                self._judge(run, movement.ingredient_id, uses)

    def breaches(self) -> Iterable[Breach]:
        yield from self._found
        yield from self._used_lots_while_off()
        yield from self._lopsided_corrections()
        yield from self._disagreements()

    def _judge(self, run: Run, ingredient_id: int, uses: Sequence[Used]) -> None:
        if run.consumption_order is None:
            self._judge_lots_left(run, ingredient_id, uses)
        else:
            for use in uses:
                self._judge_eligibility(run, use)
            self._judge_order(run, run.consumption_order, ingredient_id, uses)
        self._judge_shortfall(run, ingredient_id, uses)

    # ── which lots ────────────────────────────────────────────────────────────────────────────────────────────────
    def _obstacle(self, lot: ProvenLot, run: Run) -> str | None:
        """Why the run might not use the lot, in words."""
        if is_expired(lot.expires_on, run.produced_on):
            return f"expired on {lot.expires_on}"
        if lot.received_on > run.produced_on:
            return f"was received on {lot.received_on}"
        if any(hold.stood_at(run.id) for hold in self._holds.get(lot.id, ())):
            return "was held"
        return None

    def _judge_eligibility(self, run: Run, use: Used) -> None:
        lot = None if use.lot_id is None else self._stock.lots.get(use.lot_id)
        if lot is None:
            return
        if obstacle := self._obstacle(lot, run):
            quantity = amount(use.quantity, self._stock.unit(lot.ingredient_id))
            message = f"Made on {run.produced_on}, it took {quantity} from {lot.code}, which {obstacle}."
            self._found.append(Breach("R-5.3", run.code, message))

    # ── in which order ────────────────────────────────────────────────────────────────────────────────────────────
    def _judge_order(self, run: Run, order: ConsumptionOrder, ingredient_id: int, uses: Sequence[Used]) -> None:
        """Whatever the order took, nothing usable was left in a lot that comes before it.

        A lot chosen by hand is exempt as the taker, but what was chosen counts as taken from it.
        """
        takers = [use for use in uses if not use.chosen]
        if not takers:
            return
        last = max(takers, key=lambda use: self._position(use, order))
        stage, place = self._position(last, order)
        taken: dict[int | None, Decimal] = {}
        for use in uses:
            taken[use.lot_id] = taken.get(use.lot_id, ZERO) + use.quantity
        limit = place if stage == 0 else None
        passed: list[tuple[ProvenLot, Decimal]] = []
        for lot_id, quantity in self._stock.shelf(ingredient_id).before(limit, order, run.produced_on):
            left = quantity - taken.get(lot_id, ZERO)
            if left > 0 and not self._obstacle(lot := self._stock.lots[lot_id], run):
                passed.append((lot, left))
        if passed:
            lot, left = min(passed, key=lambda item: age(item[0], order))
            self._found.append(self._passed_over(run, order, last, lot, left))

    def _position(self, use: Used, order: ConsumptionOrder) -> tuple[int, Age]:
        """Where in the order of use a taker comes: lots by age, then untracked stock, then nothing known."""
        lot = None if use.lot_id is None else self._stock.lots.get(use.lot_id)
        return _STAGES.index(use.source), _NO_AGE if lot is None else age(lot, order)

    def _passed_over(self, run: Run, order: ConsumptionOrder, use: Used, lot: ProvenLot, left: Decimal) -> Breach:
        unit = self._stock.unit(lot.ingredient_id)
        by = "expiry" if order is ConsumptionOrder.EXPIRY_DATE else "receipt"
        taker = self._stock.lots.get(use.lot_id) if use.lot_id is not None else None
        source = f"from {taker.code}" if taker else use.source.value
        rule = {ConsumptionSource.LOT: "R-5.3", ConsumptionSource.UNTRACKED: "R-5.4"}.get(use.source, "R-5.5")
        message = (
            f"It took {amount(use.quantity, unit)} {source} and left {amount(left, unit)} in {lot.code}, "
            f"which comes before it by date of {by}."
        )
        return Breach(rule, run.code, message)

    # ── what was short ────────────────────────────────────────────────────────────────────────────────────────────
    def _judge_shortfall(self, run: Run, ingredient_id: int, uses: Sequence[Used]) -> None:
        """Nothing is unaccounted while there is untracked stock."""
        missing = _total(uses, ConsumptionSource.UNACCOUNTED)
        left = self._stock.untracked(ingredient_id) - _total(uses, ConsumptionSource.UNTRACKED)
        if missing and left > 0:
            unit = self._stock.unit(ingredient_id)
            message = f"{amount(missing, unit)} is UNACCOUNTED, but {amount(left, unit)} untracked was left."
            self._found.append(Breach("R-5.5", run.code, message))

    def _judge_lots_left(self, run: Run, ingredient_id: int, uses: Sequence[Used]) -> None:
        """With lot tracking off nothing is unaccounted while any lot could have been reduced instead."""
        missing = _total(uses, ConsumptionSource.UNACCOUNTED)
        left = self._stock.tracked(ingredient_id)
        if missing and left > 0:
            unit = self._stock.unit(ingredient_id)
            message = f"{amount(missing, unit)} is UNACCOUNTED, but {amount(left, unit)} was left in lots to reduce."
            self._found.append(Breach("R-2.5", run.code, message))

    # ── what was recorded ─────────────────────────────────────────────────────────────────────────────────────────
    def _used_lots_while_off(self) -> Iterable[Breach]:
        for (batch_id, ingredient_id), uses in self._uses.items():
            run = self._runs.get(batch_id)
            quantity = _total(uses, ConsumptionSource.LOT)
            if run is not None and run.consumption_order is None and quantity:
                taken = amount(quantity, self._stock.unit(ingredient_id))
                message = f"Lot tracking was off, but {taken} of ingredient {ingredient_id} is recorded as from lots."
                yield Breach("R-5.2", run.code, message)

    def _lopsided_corrections(self) -> Iterable[Breach]:
        """What a run with lot tracking off takes out of lots becomes untracked stock, no more and no less."""
        for (batch_id, ingredient_id), quantity in self._corrected.items():
            if quantity:
                over = amount(quantity, self._stock.unit(ingredient_id))
                message = (
                    f"Its corrections of lots and untracked stock of ingredient {ingredient_id} sum to {over}, not 0."
                )
                yield Breach("R-2.5", self._name(batch_id), message)

    def _disagreements(self) -> Iterable[Breach]:
        """Where a run's record of what it consumed and its movements differ."""
        recorded: dict[tuple[int | None, int, int | None], Decimal] = {}
        for uses in self._uses.values():
            for use in uses:
                part = use.batch_id, use.ingredient_id, use.lot_id
                recorded[part] = recorded.get(part, ZERO) + use.quantity
        for key in recorded | self._booked:
            consumed, booked = recorded.get(key, ZERO), self._booked.get(key, ZERO)
            if consumed != booked:
                yield self._disagreement(key, consumed, booked)

    def _disagreement(self, key: tuple[int | None, int, int | None], consumed: Decimal, booked: Decimal) -> Breach:
        batch_id, ingredient_id, lot_id = key
        subject = "movements without a run" if batch_id is None else self._name(batch_id)
        lot = None if lot_id is None else self._stock.lots.get(lot_id)
        source = "without a lot" if lot_id is None else f"from {lot.code}" if lot else f"from lot {lot_id}"
        unit = self._stock.unit(ingredient_id)
        message = (
            f"{amount(consumed, unit)} of ingredient {ingredient_id} {source} is recorded as consumed, but its "
            f"PRODUCTION movements say {amount(booked, unit)}."
        )
        return Breach("R-5.2", subject, message)

    def _name(self, batch_id: int) -> str:
        run = self._runs.get(batch_id)
        return run.code if run else f"production batch {batch_id}"


def _total(uses: Iterable[Used], source: ConsumptionSource) -> Decimal:
    return sum((use.quantity for use in uses if use.source is source), ZERO)
