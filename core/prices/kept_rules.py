"""The shop's price rules, as the user has set them: kept beside the data, and read with care, as versions differ."""

import json
from dataclasses import asdict, dataclass, replace
from typing import Any

import duckdb

from core.errors import DebutError
from core.prices import families
from core.prices.families import Family
from core.prices.rules import STANDARD, Rule
from core.workspace import Workspace

__all__ = ["Policy", "keep", "kept"]

SETTING = "price_rules"


@dataclass(frozen=True)
class Policy:
    """All that is decided of prices but the prices themselves."""

    rules: tuple[Rule, ...] = STANDARD
    """The strongest first; one of each kind."""
    families: tuple[Family, ...] = ()
    cost_share: float | None = None
    """Of the planned price, what an item is taken to cost where the sheet does not say; None: as the shop's."""
    count_loss: bool = True
    """Whether profit is less what a new item takes from those on sale."""

    @property
    def stamp(self) -> str:
        """Equal for equal policies: for the keys of caches."""
        return json.dumps(asdict(self), sort_keys=True)

    def rule(self, kind: str) -> Rule:
        """The rule of a kind."""
        return next(rule for rule in self.rules if rule.kind == kind)

    def setting(self, rule: Rule) -> "Policy":
        """The policy with a rule in the place of that of its kind."""
        return replace(self, rules=tuple(rule if one.kind == rule.kind else one for one in self.rules))


def keep(workspace: Workspace, policy: Policy) -> None:
    """Keep it in place of the one before. Raises DebutError where an item stands in two families."""
    families.check(policy.families)
    if policy.cost_share is not None and not 0 < policy.cost_share < 1:
        raise DebutError("The share of the price that an item costs lies between 0 and 100 %.")
    with workspace.transaction(data=False) as cursor:
        cursor.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", [SETTING, policy.stamp])


def kept(cursor: duckdb.DuckDBPyConnection) -> Policy:
    """The shop's policy; the standard one until another is kept."""
    rows = cursor.execute("SELECT value FROM settings WHERE name = ?", [SETTING]).fetchall()
    return _read(json.loads(rows[0][0])) if rows else Policy()


def _read(values: dict[str, Any]) -> Policy:
    """Kinds that are new since come last, as the standard has them; rules that cannot be any more are passed over."""
    rules = [rule for one in values["rules"] for rule in _rules(one)]
    known = {rule.kind for rule in rules}
    rules += [rule for rule in STANDARD if rule.kind not in known]
    return Policy(
        tuple(rules),
        tuple(Family(one["name"], tuple(one["members"])) for one in values["families"]),
        values["cost_share"],
        values["count_loss"],
    )


def _rules(values: dict[str, Any]) -> list[Rule]:
    """The rule of these values, or none."""
    try:
        return [Rule(**values)]
    except (DebutError, TypeError):
        return []
