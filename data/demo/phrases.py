"""Titles and descriptions: an item's concepts put into English.

A title names the motif and the object and sometimes one thing more. The description is one to three
sentences that name motif and object again in other words, and everything else that drives demand
(function, occasion) at least once. Slots with a number take the
concept's second or third word.
"""

import re

import numpy as np

__all__ = ["articles", "pick", "write_description", "write_title"]

TITLES = (
    "{motif} {object}",
    "{motif} {object} in {colour}",
    "{motif} {material} {object}",
    "{style} {motif} {object}",
    "{function} {object} with {motif} design",
    "{motif} {function} {object} in {colour}",
    "{colour} {object} with {motif} design",
    "{material} {object}, {motif}",
    "{style} {object} with {motif} motif",
    "{function} {motif} {object}",
    "{function} {object}, {motif} print",
    "{motif} {object}, {function}",
    "{occasion} {object}, {motif}",
    "{motif} {occasion} {object}",
)

OPENINGS = (
    "This {object2} carries a {motif2} design from edge to edge.",
    "A {motif2} pattern makes this {object2} stand out {place}, with a matching {motif3} print on the back.",
    "Anyone fond of a {motif2} theme will reach for this {object2} first.",
    "We drew a new {motif2} picture for this {object2}, and a {motif3} border to go with it.",
    "The {motif2} artwork gives the {object2} its own character.",
    "Here is a {object2} for the {motif2} fan in the family, with a {motif3} scene to look at for hours.",
    "Our {motif2} illustration feels at home on a {object2} {place}.",
    "A {object2} with a {motif2} scene, ready to brighten a dull morning {place}.",
    "No wonder the {motif2} range keeps growing: meet the {object2} with the {motif3} trim.",
    "It started with a {motif2} sketch and became the {object2} you see here.",
    "Every {object2} in this line shows a {motif2} print, and each has its own {motif3} detail.",
    "Give the old {object2} a rest and let this {motif2} one take over {place}.",
)

FUNCTIONS = (
    "A {function2} make that earns its place every day.",
    "Customers asked for a {function2} version, so we made one.",
    "It is our {function2} model, and you notice the difference.",
    "Choose it because a {function2} one is simply more useful.",
    "The {function2} build is what people mention first.",
    "Now in a {function2} version that will last for years.",
    "Few things are as handy as a {function2} one of these.",
)

OCCASIONS = (
    "A thoughtful {occasion2} present.",
    "It makes a fine {occasion2} gift at a fair price.",
    "One of our {occasion2} ideas this year.",
    "Wrap it up as a {occasion2} surprise.",
    "Our first thought for a {occasion2} list.",
    "Lovely with the rest of the {occasion2} collection.",
)

BOTH = (
    "A {function2} make and a welcome {occasion2} gift.",
    "Because it is a {function2} one, it works well as a {occasion2} present.",
)

LOOKS = (
    "Made of {material2} with a {style2} look.",
    "The {colour2} finish has a {style2} feel.",
    "A {style2} piece in {material2}.",
    "Comes in {colour2}.",
)

SMALL_WORDS = {"in", "with", "of", "the", "and", "on", "for"}


def pick(options: tuple[str, ...], rng: np.random.Generator) -> str:
    """One of the options."""
    return options[int(rng.integers(len(options)))]


def articles(text: str) -> str:
    """Turn "a owl" into "an owl"; a unicorn stays a unicorn."""
    return re.sub(r"\b([Aa]) (?=[aeio]|u(?!ni)|[AEIO])", r"\1n ", text)


def capitalised(title: str) -> str:
    """Title case that leaves hyphenated and small words as a shop would write them."""
    words = [word if word in SMALL_WORDS else word[0].upper() + word[1:] for word in title.split()]
    return " ".join(words)


def fits(template: str, words: dict[str, str]) -> bool:
    """Whether the item has a concept for every slot."""
    return all(slot in words for slot in re.findall(r"{(\w+)}", template))


def write_title(words: dict[str, str], rng: np.random.Generator) -> str:
    """A title from the first words of the item's concepts."""
    templates = tuple(template for template in TITLES if fits(template, words))
    return capitalised(pick(templates, rng).format(**words))


def write_description(words: dict[str, str], rng: np.random.Generator) -> str:
    """One to three sentences in the concepts' second words."""
    sentences = [pick(OPENINGS, rng)]
    has_function, has_occasion = "function2" in words, "occasion2" in words
    if has_function and has_occasion and rng.random() < 0.4:
        sentences.append(pick(BOTH, rng))
    else:
        sentences += [pick(FUNCTIONS, rng)] * has_function + [pick(OCCASIONS, rng)] * has_occasion
    if len(sentences) < 3 and rng.random() < 0.5:
        sentences.append(pick(LOOKS, rng))
    return articles(" ".join(sentences).format(**words))
