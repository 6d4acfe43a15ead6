"""What people did and said: visits, reviews, customers, labels by hand."""

from core.schema import Column, Table
from core.tables.shared import ANONYMOUS, BUYERS, DAYS, ITEM_CODES

__all__ = ["CUSTOMERS", "EVENTS", "LABELS", "REVIEWS"]

EVENTS = Table(
    "events",
    "Visits and events",
    "What visitors did: one row a view, search, click, cart, purchase, favourite or share.",
    (
        Column(
            "ts",
            "time",
            "When it happened",
            True,
            synonyms=("timestamp", "event time", "time", "datetime", "date", "created at"),
            example="2025-03-10 14:05:00",
        ),
        Column(
            "customer_id",
            "text",
            f"Who it was; replaced by a keyed hash. `{ANONYMOUS}` where all visitors are counted together",
            True,
            synonyms=("session id", "user session", *BUYERS),
            example="C-00817",
            person=True,
        ),
        Column(
            "product_id", "text", "The item's code (SKU); blank for a search", synonyms=ITEM_CODES, example="KIT-10234"
        ),
        Column(
            "event",
            "choice",
            "What was done",
            True,
            synonyms=("event type", "event name", "behavior", "behaviour", "behavior type", "action"),
            example="view",
            values=(
                ("view", ("pv", "page view", "product view", "view item", "viewed", "detail", "impression")),
                ("search", ("query", "view search results", "site search")),
                ("click", ("select item", "clicked")),
                ("cart", ("add to cart", "addtocart", "added to cart", "basket")),
                ("purchase", ("buy", "transaction", "bought", "order", "checkout completed")),
                ("favourite", ("fav", "favorite", "wishlist", "add to wishlist", "like")),
                ("share", ("shared",)),
                ("remove", ("remove from cart", "removed from cart", "removefromcart")),
            ),
        ),
        Column("query", "prose", "What was searched for", synonyms=("search term", "search query", "keyword")),
        Column(
            "dwell_seconds",
            "number",
            "How long it was looked at, in seconds",
            minimum=0,
            synonyms=("dwell time", "duration", "time on page", "平均停留时长"),
        ),
        Column(
            "count",
            "count",
            "How often, where one row stands for several",
            adds=True,
            minimum=0,
            synonyms=("times", "hits"),
        ),
    ),
)

REVIEWS = Table(
    "reviews",
    "Reviews",
    "What buyers wrote: a rating, a text, or both.",
    (
        Column(
            "date",
            "date",
            "Day of the review",
            synonyms=("review date", "created at", "date created", "reviewed at", "time", *DAYS),
            example="2025-04-02",
        ),
        Column(
            "product_id",
            "text",
            "The item's code (SKU) or handle",
            True,
            synonyms=("product handle", "handle", "clothing id", *ITEM_CODES),
            example="KIT-10234",
        ),
        Column(
            "rating",
            "number",
            "Stars, 1 to 5",
            minimum=1,
            maximum=5,
            synonyms=("review score", "score", "stars", "star rating", "评分"),
            example="5",
        ),
        Column(
            "body",
            "prose",
            "The text",
            synonyms=("review", "review text", "review content", "review body", "text", "comment", "content", "评论"),
            example="Lovely mug, the fox makes me smile.",
        ),
        Column("title", "prose", "Its headline", synonyms=("review title", "summary", "headline", "subject")),
        Column(
            "recommended",
            "text",
            "Whether the buyer recommends the item: yes or no, 1 or 0",
            synonyms=("recommended ind", "recommend", "recommends", "would recommend", "is recommended"),
            example="yes",
        ),
        Column(
            "customer_id",
            "text",
            "Who wrote it; replaced by a keyed hash",
            synonyms=("reviewer email", "reviewer", "author", "email", "reviewer name", *BUYERS),
            example="C-00817",
            person=True,
        ),
    ),
    one_of=("rating", "body"),
)

CUSTOMERS = Table(
    "customers",
    "Customers",
    "What is known of customers beyond what they bought. Names and addresses are not kept.",
    (
        Column(
            "customer_id",
            "text",
            "As in the sales; replaced by a keyed hash",
            True,
            synonyms=("id", "email", "customer email", *BUYERS),
            example="C-00817",
            person=True,
        ),
        Column("segment", "text", "Segment", synonyms=("customer segment", "group", "tier", "loyalty tier")),
        Column("region", "text", "Region or country", synonyms=("country", "state", "province", "country code")),
        Column("age_band", "text", "Age band", synonyms=("age", "age group"), example="35-44"),
        Column(
            "joined",
            "date",
            "Customer since",
            synonyms=("customer since", "created at", "date joined", "signup date", "registered"),
        ),
    ),
    keys=(("customer_id",),),
    unique=True,
    attributes=True,
)

LABELS = Table(
    "labels",
    "Labels",
    "What a person says of an item or a customer, such as purchase intent or satisfaction.",
    (
        Column(
            "product_id",
            "text",
            "The item or new item",
            synonyms=("new item id", *ITEM_CODES),
            example="NEW-001",
        ),
        Column("customer_id", "text", "The customer", synonyms=BUYERS, person=True),
        Column(
            "label",
            "text",
            "What is judged",
            True,
            synonyms=("label set", "label name", "question"),
            example="purchase intent",
        ),
        Column("value", "text", "The judgement", synonyms=("label value", "answer", "choice"), example="high"),
    ),
    keys=(("product_id", "label"), ("customer_id", "label")),
    one_of=("product_id", "customer_id"),
)
