"""What reviewers say: parts of sentences, sorted by what they are about and how pleased they sound.

A review is built from parts: how it opens, a clause about one aspect, sometimes what the item was
bought for, sometimes a clause about a second aspect, and how it ends. {thing} stands for what the item is.
Each line below reads `level: part | part | ...`; levels go from -2 (awful) to 2 (superb).
"""

import numpy as np

from data.demo.phrases import articles, pick

__all__ = ["ASPECTS", "ENDING", "OPENING", "clause", "ending", "headline", "opening", "purpose"]

CLAUSES = {
    "quality": """
-2: it fell apart within a week | the {thing} broke the first time we used it | you can see glue marks everywhere
  | the finish rubs off on your fingers | one side was already cracked | it is the flimsiest {thing} I have owned
-1: the {thing} feels cheaper than I hoped | the edges could be tidier | it wobbles a little
  | I doubt that it will last the year | the seams are not quite straight | it already shows some wear
0: the {thing} is neither sturdy nor flimsy | the make is what you would expect | it holds up so far
  | I have seen better made and worse | the finish is ordinary | it works as it should, no more
1: the {thing} is well made | it feels solid in the hand | the finish is neat | it has lasted nicely so far
  | the stitching and joins look tidy | you notice some care went into it
2: the {thing} is beautifully made | every detail has been thought about | it feels as if it will last for decades
  | the workmanship is outstanding | I have never held a better {thing} | not a single flaw anywhere
""",
    "size": """
-2: the {thing} is so tiny that it is useless | it is twice the size the page says and fits nowhere
  | the measurements are plainly wrong | nothing I own fits in it | it looks made for a doll's house
  | far too big for anything we had in mind
-1: the {thing} is smaller than the photo suggests | it came up rather large | I would have liked it a bit bigger
  | it only just fits | a hand's width shorter than I expected | slightly too bulky for our shelf
0: the {thing} is about the size you would guess | it fits, with little room to spare | measure before you order
  | not big, not small | the size is fine for one person | it takes up the space you would think
1: the {thing} is a good size | it fits where we wanted it | the measurements were right
  | just large enough for what we need | it sits well in the hand | a handy size for every day
2: the {thing} is exactly the right size | it fits as if it had been made for us | perfect dimensions in every way
  | it could not be a better fit | there is room for all we wanted | the size is spot on
""",
    "delivery": """
-2: it arrived three weeks late and in pieces | the box had been crushed flat | it never came and nobody answered
  | the wrong item turned up, twice | I had to chase the parcel for a month | it was wrapped in nothing at all
-1: it took longer than promised | the parcel was left in the rain | the wrapping was thin
  | it came a day too late for the party | the courier had trouble finding us | no word on when it would come
0: it came within the week | delivery was neither quick nor slow | the box was dented, the {thing} was not
  | posted as announced | it turned up when they said, more or less | ordinary post, ordinary box
1: it came sooner than I thought | the parcel was well packed | delivery was quick | it arrived in one piece
  | they kept me posted along the way | wrapped with care
2: it was here the very next morning | it was packed like treasure | the fastest delivery I have ever had
  | a handwritten note was in the parcel | even the box was lovely | it could not have come quicker or safer
""",
    "price": """
-2: it is a complete waste of money | I paid triple what it is worth | daylight robbery for a {thing} like this
  | I want every penny back | you will find the same for a fraction elsewhere | no sane person should pay this
-1: the {thing} is overpriced | I would wait for a sale | a little dear for what it is
  | not quite worth the full price | I expected more for the money | it costs more than it should
0: the price is fair, I suppose | you get what you pay for | neither a bargain nor a rip-off
  | it costs what such things cost | I paid about what I had planned | the price is middling
1: good value | the {thing} is worth its price | a fair price for something like this
  | I have paid more for less | it did not break the bank | the money was well spent
2: an absolute bargain | I would happily pay double | you will not find a better deal
  | unbelievable value for such a {thing} | worth every penny and then some | the best money I spent this year
""",
    "look": """
-2: it is hideous in real life | the colour is nothing like the picture | the print is blurred beyond recognition
  | it looks like something from a bin | the pattern is crooked and smudged | I had to hide the {thing} in a cupboard
-1: the colours are duller than in the photo | the print is a bit faint | it looks plainer than I thought
  | the shade does not quite match | the design is smaller than shown | rather drab in daylight
0: it looks much like the picture | the design is all right | a plain {thing} with a print on it
  | the colours are as shown | some will like the pattern, some will not | it blends in
1: the {thing} looks lovely on the shelf | the colours are bright and clear | the design is charming
  | the pattern is prettier than in the photo | it goes well with the rest | a cheerful print
2: it is even more gorgeous than in the photo | everybody who visits asks about it | the artwork is a delight
  | I cannot stop looking at it | the prettiest {thing} I have ever seen | the colours simply glow
""",
}

OPENINGS = """
-2: What a disappointment. | Avoid this. | I am really angry about this one. | Awful. | Never again. | Very upset.
  | I regret this order. | Do not be fooled by the photo. | Terrible from start to finish. | I wish I could give less.
-1: Not what I hoped for. | Hmm. | I am a little let down. | Could be better. | I wanted to like it. | Not my best buy.
  | A bit underwhelmed. | Mixed feelings, mostly on the low side. | Sadly not quite it. | I expected more.
0: It is okay. | Fine, I guess. | Does the job. | Nothing special. | Average. | So so. | It is what it is.
  | Neither here nor there. | I have no strong feelings about it. | Acceptable.
1: Happy with this. | A nice find. | Good buy. | I like it. | Pleased overall. | Glad I ordered it. | Does it well.
  | Nicely done. | No regrets. | A pleasant surprise.
2: I love it! | Absolutely wonderful! | Could not be happier. | Simply perfect. | Best thing I bought all year. | Wow!
  | What a treasure. | Over the moon with this. | Brilliant. | I am thrilled.
"""

ENDINGS = """
-2: I sent it straight back. | I will not order here again. | Save yourself the trouble. | One for the bin.
  | I want a refund. | My worst order so far. | Stay away. | Zero joy.
-1: I may return it. | Probably not again. | I would look elsewhere first. | It will have to do. | A pity.
  | I am not sure that I would keep it. | Maybe they will improve it. | Not for me.
0: We will see how it goes. | It will do for now. | Might order again, might not. | Make up your own mind. | That is it.
  | No more to say. | I will update this later. | Three out of five feels right.
1: I would buy it again. | Recommended. | My sister wants one too. | Will be back for more. | A sound choice.
  | We use it a lot. | Thank you. | I can see myself giving one as a present.
2: I have ordered two more. | Everyone needs one! | Highly recommended! | My new favourite. | Thank you so much!
  | Ten out of ten. | I would give more stars if I could. | Already telling all my friends.
"""

PURPOSES = """
I bought it for {who} {when}. | It was meant for {who}. | {When} I gave it to {who}. | We got it {when}.
| I ordered it {when} for {who}. | {Who} had asked for one. | It now belongs to {who}. | I picked it out {when}.
"""
WHO = """
my sister | my mother | my neighbour | a colleague | our daughter | my best friend | my partner | the grandchildren
| a friend who moves house | my dad | the children's teacher | my aunt
"""
WHEN = """
for Christmas | for a birthday | in the spring sale | last month | on a whim | after a long search | for a wedding
| for the summer holidays | as a thank-you | to replace an old one | when we redecorated | for the school fair
"""

HEADLINES = """
-2: Terrible {about} | Do not buy | Awful | Waste of time | Very bad {about} | Returned | Shocking {about}
-1: Disappointing {about} | Not great | Could be better | Meh {about} | Hoped for more | A bit let down
0: Average {about} | It is okay | Fine | Middling {about} | Does the job | Nothing special
1: Good {about} | Happy | Nice buy | Pleasing {about} | Would recommend | Solid
2: Fantastic {about} | Love it! | Perfect | Wonderful {about} | Best {about} ever | So happy!
"""


ABOUT = {"quality": "quality", "size": "fit", "delivery": "delivery", "price": "value", "look": "design"}
AGREEING, CONTRARY = ("Also, {}.", "And {}.", "{}.", "Besides, {}."), ("But {}.", "Still, {}.", "Then again, {}.")


def parts(text: str) -> tuple[str, ...]:
    """The pieces of a list that is divided by bars."""
    return tuple(" ".join(piece.split()) for piece in text.split("|") if piece.strip())


def by_level(text: str) -> dict[int, tuple[str, ...]]:
    """The parts of each level."""
    lines = text.strip().replace("\n  |", " |").splitlines()
    return {int(level): parts(rest) for level, rest in (line.split(": ", 1) for line in lines)}


ASPECTS = {aspect: by_level(text) for aspect, text in CLAUSES.items()}
"""Aspect -> level -> clauses."""
OPENING, ENDING, HEADLINE = by_level(OPENINGS), by_level(ENDINGS), by_level(HEADLINES)
PURPOSE, RECIPIENT, MOMENT = parts(PURPOSES), parts(WHO), parts(WHEN)


def upper(text: str) -> str:
    """The text with its first letter large."""
    return text[:1].upper() + text[1:]


def opening(level: int, rng: np.random.Generator) -> str:
    """A sentence that sets the tone."""
    return pick(OPENING[level], rng)


def ending(level: int, rng: np.random.Generator) -> str:
    """A sentence that sums up."""
    return pick(ENDING[level], rng)


def clause(aspect: str, level: int, thing: str, rng: np.random.Generator, *, first: bool, contrary: bool) -> str:
    """A sentence about an aspect; a second one follows on from the first, or turns against it."""
    said = articles(pick(ASPECTS[aspect][level], rng).format(thing=thing))
    form = "{}." if first else pick(CONTRARY if contrary else AGREEING, rng)
    return upper(form.format(said))


def purpose(rng: np.random.Generator) -> str:
    """What the item was bought for, a sentence."""
    who, when = pick(RECIPIENT, rng), pick(MOMENT, rng)
    return pick(PURPOSE, rng).format(who=who, when=when, Who=upper(who), When=upper(when))


def headline(aspect: str, level: int, rng: np.random.Generator) -> str:
    """The title of a review."""
    return pick(HEADLINE[level], rng).format(about=ABOUT[aspect])
