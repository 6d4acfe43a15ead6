"""What is set aside before a table is checked: lines that are no sale of a product.

A rule is a reason and an SQL condition over the converted columns; what it catches stays in the
workspace with the reason, is counted in the report, and can be downloaded.
"""

from dataclasses import dataclass

__all__ = ["RULES", "TOTAL", "Rule"]

TOTAL = (
    r"(?:(grand |sub|report )?totals?( .*results?)?|total ?: .*|total of [0-9]+ results?|gesamt(summe)?( ?: .*)?|summe|"
    r"suma|totale?( ?: .*)?|合计.*|总计.*|总和|[0-9]* ?,?record\(s\) downloaded.*|seller id ?:.*)"
)
"""In whatever case. It is tried on a cell or two of every line, so it must fail at the first letter of most."""

SERVICE_CODES = (
    "post|postage|dot|d|m|s|b|c\\d|cruk|pads|fee|tip|amazonfee|amazon fee|bank charges|adjust\\d*|shipping|delivery|"
    "carriage|freight|insurance|handling|discount|voucher|manual|samples?|test\\d*|"
    "gift_\\d{4}_\\d+|gift ?cards?|gift ?vouchers?"
)
SERVICE_TITLES = (
    "postage|carriage|shipping( charges?| fees?| costs?)?|delivery|.* postage|bank charges|manual|discount|"
    "samples|amazon fee|adjust(ment)? .*|.* gift voucher.*|"
    "gift (card|voucher)s?( .*\\d.*)?|update|this is a test product\\.?"
)


@dataclass(frozen=True)
class Rule:
    """Rows of a table that are set aside, and why."""

    table: str
    reason: str
    needs: tuple[str, ...]
    """Columns without which the rule is not applied."""
    condition: str
    of_values: bool = False
    """Whether it looks at texts that recur from row to row, and so is tried on the different ones alone."""


RULES = (
    Rule(
        "sales",
        "no product: postage, fees, vouchers, adjustments",
        ("product_id",),
        f"regexp_full_match(lower(product_id), '{SERVICE_CODES}')",
        of_values=True,
    ),
    Rule(
        "sales",
        "no product: postage, fees, vouchers, adjustments",
        ("title",),
        f"regexp_full_match(lower(title), '{SERVICE_TITLES}')",
        of_values=True,
    ),
    Rule("sales", "no price: gift, sample or stock adjustment", ("unit_price",), "unit_price = 0"),
    Rule("sales", "no units", ("units",), "units = 0"),
)
