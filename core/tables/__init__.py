"""The tables of a shop, declared once; everything that knows a column's name, type or meaning derives from here.

Money is in the shop's one currency, dates are ISO, a week starts on Monday, units are whole items net of
cancellations. Any column of a product, customer or new-item file that is not declared is kept as an attribute.
"""

from core.schema import Table
from core.tables.items import NEW_ITEMS, PRODUCTS
from core.tables.people import CUSTOMERS, EVENTS, LABELS, REVIEWS
from core.tables.shared import ANONYMOUS
from core.tables.trade import ADS, COMPETITORS, PROMOTIONS, SALES

__all__ = ["ANONYMOUS", "TABLES"]

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        PRODUCTS,
        SALES,
        EVENTS,
        REVIEWS,
        ADS,
        COMPETITORS,
        CUSTOMERS,
        PROMOTIONS,
        LABELS,
        NEW_ITEMS,
    )
}
