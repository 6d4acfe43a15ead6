"""What a sentence of a review is about: the aspect whose examples are nearest to it, or none.

No list of words would do: "it fell apart" and "lasts for ever" share none, and are both about quality. So each aspect
is a handful of plain sentences, and the encoder says which of them a sentence is like. Praise and complaint are both
among them, so that an aspect is what is talked about and not how.
"""

import numpy as np

from models.encoder import Encoder

__all__ = ["ASPECTS", "OTHER", "of"]

EXAMPLES = {
    "Quality": (
        "The quality is poor, it broke after a week.",
        "Very well made and sturdy.",
        "It fell apart, the seams came undone.",
        "Solid workmanship, it will last for years.",
        "It stopped working after a month.",
        "Feels cheap and flimsy.",
        "The finish is scratched and it has a defect.",
        "Durable, no flaws, carefully crafted.",
    ),
    "Look": (
        "The colour is different from the picture.",
        "The design is beautiful.",
        "It looks gorgeous.",
        "The pattern and print are ugly.",
        "It looks nothing like the photo.",
        "So pretty, I get many compliments on it.",
        "The colours are bright and vivid.",
        "It is plain and drab.",
    ),
    "Size and fit": (
        "It runs small, order a size up.",
        "It fits perfectly.",
        "Too big for me, it is huge.",
        "The measurements are wrong.",
        "It is smaller than I expected.",
        "Exactly the right size.",
        "Too tight around the waist, too short and too wide.",
        "There is enough room for everything.",
    ),
    "Material and comfort": (
        "The fabric is soft and comfortable.",
        "The material is itchy and scratchy.",
        "The cloth is too thin and see-through.",
        "It is cosy and warm to wear.",
        "It smells of plastic.",
        "The texture feels lovely on the skin.",
    ),
    "Use": (
        "It is easy to use.",
        "The instructions are confusing and hard to follow.",
        "Difficult to assemble and to set up.",
        "It works well for what I need, very practical.",
        "Easy to clean and to wash.",
        "The battery does not last and it will not connect.",
    ),
    "Price": (
        "Great value for money.",
        "It is overpriced.",
        "Not worth the price.",
        "It is a bargain, so cheap.",
        "I paid too much, it is expensive.",
        "Waste of money.",
        "Wait until it is on sale.",
    ),
    "Delivery and packing": (
        "It arrived late.",
        "Fast delivery, it came the next day.",
        "The parcel was damaged in transit.",
        "It was packed with care in a nice box.",
        "I received the wrong item.",
        "It never arrived, the package was lost.",
        "Shipping took weeks.",
    ),
    "Service": (
        "Customer service was helpful and friendly.",
        "They refused to give me a refund.",
        "Nobody answered my e-mails.",
        "Returning it was easy.",
        "The seller replaced it at once.",
        "The support was rude.",
    ),
}
ASPECTS = tuple(EXAMPLES)
OTHER = "In general"
"""Of sentences that are about none of them: "I love it"."""
GENERAL = (
    "I love it.",
    "I am very disappointed.",
    "I would buy it again.",
    "I do not recommend it.",
    "I am happy with my purchase.",
    "It is okay, nothing special.",
    "I bought it as a gift for a friend.",
    "I sent it back.",
    "Never again.",
    "Thank you so much!",
)
LEAST = 0.35  # cosine to the nearest example, below which a sentence is about no aspect


def of(encoder: Encoder, sentences: list[str], vectors: np.ndarray | None = None) -> np.ndarray:
    """(n,) aspect of each sentence, or OTHER. vectors: (n, d) of the sentences, where they are known already."""
    if not sentences:
        return np.array([], dtype=object)
    vectors = encoder.embed(sentences) if vectors is None else vectors
    names = np.repeat([OTHER, *ASPECTS], [len(GENERAL), *map(len, EXAMPLES.values())]).astype(object)
    near = vectors @ encoder.embed([*GENERAL, *(one for some in EXAMPLES.values() for one in some)]).T  # (n, examples)
    return np.where(near.max(1) >= LEAST, names[near.argmax(1)], OTHER)
