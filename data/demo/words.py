"""The demo shop's vocabulary: what an item can be about, and the words that say so.

A concept is a meaning (the rabbit motif); its surface words are how a title or description names it.
Every concept has words that the sales history uses and other, held-out words that occur in new items
only, so that a forecast has to know that a hare is a rabbit. Each line of the tables below reads

    name: word, word, word | held-out word, held-out word | further fields of that table

The held-out words are ones that a small general English encoder places near the seen words. That is a
choice: rare words (a leveret, an amphora) would show the limits of the encoder, not the use of it.
Words are written so that they fit in front of a noun ("a rabbit design", "a foldable bag").
"""

from dataclasses import dataclass

__all__ = ["CATEGORIES", "CONCEPTS", "KINDS", "Concept", "family_of", "of_kind"]

KINDS = ("motif", "object", "function", "occasion", "style", "material", "colour")

CATEGORIES = {  # category -> prefix of its product ids
    "Kitchen": "KIT",
    "Home Decor": "HOM",
    "Lighting & Candles": "LIG",
    "Textiles": "TEX",
    "Garden": "GAR",
    "Stationery": "STA",
    "Toys & Games": "TOY",
    "Gifts & Accessories": "GFT",
}


@dataclass(frozen=True)
class Concept:
    """One meaning and its surface words."""

    kind: str
    name: str
    words: tuple[str, ...]
    """Used in the sales history."""
    held_out: tuple[str, ...]
    """Used by new items only."""
    categories: tuple[str, ...] = ()
    """Where it may occur; empty means everywhere."""
    price: float = 1.0
    """Objects: the usual price. Other kinds: what the concept multiplies that price by."""
    materials: tuple[str, ...] = ()
    """Objects: what they are made of."""

    @property
    def id(self) -> str:
        """Unique over kinds, such as motif:rabbit."""
        return f"{self.kind}:{self.name}"

    def fits(self, category: str) -> bool:
        """Whether the concept may occur in a category."""
        return not self.categories or category in self.categories


MOTIFS = """
rabbit: rabbit, bunny, cottontail | hare, brown hare
dog: dog, puppy, terrier, spaniel | hound, canine, pooch
cat: cat, kitten, kitty, tabby | feline, pussycat
bee: bee, honeybee, bumblebee | pollinator, hive
bird: robin, wren, songbird, sparrow | finch, nightingale, blackbird
horse: horse, pony, foal | equine, stallion, mare
heart: heart, love heart, sweetheart | valentine, romantic
berry: strawberry, cherry, raspberry, berry | blackberry, blueberry, gooseberry
citrus: lemon, lime, citrus | grapefruit, clementine
floral: rose, peony, floral, blossom | bouquet, flowering
leaf: fern, leaf, botanical, foliage | eucalyptus, herbarium
nautical: anchor, nautical, sailor, sailing boat | maritime, ship, yacht
whale: whale, dolphin, octopus, sea life | jellyfish, shark
dinosaur: dinosaur, dino, t-rex | prehistoric, jurassic, stegosaurus
unicorn: unicorn, fairy, mermaid, fairytale | mythical, princess, enchanted
space: rocket, astronaut, planet, spaceship | cosmic, galaxy, spacecraft
christmas: Christmas, Santa, reindeer, snowman | Yuletide, Xmas, St Nicholas
halloween: Halloween, pumpkin, ghost, spooky | haunted, witch
tartan: tartan, plaid, gingham | chequered, crosshatch
dots: polka dot, spotty, dotty | spotted, confetti
geometric: geometric, hexagon, triangle | polygon, rectangular
vehicles: tractor, truck, digger | lorry, bulldozer, excavator
bicycle: bicycle, bike, cyclist | cycling, pedalling
mushroom: mushroom, toadstool, forest mushroom | fungi, fungus
cactus: cactus, succulent, desert plant | aloe, prickly pear
safari: elephant, giraffe, zebra, safari | lion, rhino
tropical: flamingo, pineapple, palm tree, tropical | coconut, papaya
music: piano, guitar, music note, melody | violin, orchestra, cello
butterfly: butterfly, moth, dragonfly | caterpillar, damselfly
travel: world map, globe, compass, traveller | atlas, voyage, explorer
farmyard: cow, sheep, farm animal, hen | cattle, rooster, piglet
"""

FAMILIES = {  # motifs that are liked by the same people for the same reasons
    "tame animals": "rabbit, dog, cat, horse, farmyard",
    "garden life": "bee, bird, butterfly, floral, leaf, mushroom",
    "sweet things": "heart, berry, citrus",
    "the sea": "nautical, whale",
    "children's heroes": "dinosaur, unicorn, space, vehicles",
    "holidays": "christmas, halloween",
    "patterns": "tartan, dots, geometric",
    "warm countries": "cactus, safari, tropical",
    "pastimes": "bicycle, music, travel",
}

# Objects: words | held-out | category's prefix, usual price | materials
OBJECTS = """
mug: mug, teacup, coffee mug | cup, beaker | KIT, 9 | ceramic, glass, steel
plate: plate, side plate, dish | platter, saucer | KIT, 11 | ceramic, wood, bamboo
coffee pot: coffee pot, coffee press, teapot | cafetiere, espresso maker | KIT, 24 | steel, ceramic, glass
baking tin: cake tin, baking tin, muffin tray | loaf pan, bakeware mould | KIT, 13 | steel, silicone
chopping board: chopping board, cutting board, bread board | carving plank, butcher slab | KIT, 17 | wood
jar: storage jar, canister, cookie jar | pantry container, biscuit barrel | KIT, 12 | ceramic, glass, steel
lunch box: lunch box, lunch bag, bento box | snack carrier, sandwich carrier | KIT, 14 | steel, bamboo, cotton
clock: clock, wall clock, alarm clock | timepiece, chronometer | HOM, 26 | wood, steel, brass
mirror: mirror, wall mirror, vanity mirror | looking glass, reflector | HOM, 32 | glass, wood, brass
frame: photo frame, picture frame, frame | portrait mount, portrait holder | HOM, 15 | wood, brass, leather
vase: vase, bud vase, flower vase | bloom holder, urn | HOM, 19 | ceramic, glass, brass
wall art: wall sign, plaque, poster | mural, painting | HOM, 16 | wood, steel, paper
storage box: storage box, organiser, storage bin | crate, keepsake chest | HOM, 21 | wood, paper, bamboo
lamp: lamp, table lamp, bedside lamp | lantern, luminaire | LIG, 34 | ceramic, brass, wood
candle: candle, tealight, pillar candle | wax melt, votive wax | LIG, 12 | glass, ceramic, brass
fairy lights: string light, light chain, light rope | bulb strand, bulb row | LIG, 18 | paper, steel, glass
diffuser: reed diffuser, oil burner, room spray | vaporiser, incense holder | LIG, 20 | glass, ceramic
cushion: cushion, pillow, scatter cushion | bolster, headrest | TEX, 22 | cotton, linen, wool
blanket: blanket, bedspread, quilt | throw, bed throw | TEX, 36 | wool, cotton
apron: apron, pinafore, cooking apron | smock, kitchen bib | TEX, 18 | cotton, linen
rug: rug, doormat, carpet | floor runner, hearth mat | TEX, 38 | wool, linen, cotton
towel: tea towel, hand towel, bath towel | washcloth, drying cloth | TEX, 11 | cotton, linen
tablecloth: tablecloth, table runner, napkin set | dining linen, dining cover | TEX, 20 | cotton, linen
planter: planter, plant pot, flower pot | trough, flowerbed tub | GAR, 18 | ceramic, steel, bamboo
bird feeder: bird feeder, bird table, nest box | birdbath, birdhouse | GAR, 21 | wood, steel
watering can: watering can, plant mister, sprinkler | hosepipe, irrigation jug | GAR, 19 | steel, brass
garden tool: trowel, garden fork, spade | shovel, rake | GAR, 16 | steel, wood, brass
wind chime: wind chime, garden bell, wind spinner | weathervane, windmill | GAR, 17 | steel, bamboo, glass
statue: gnome, garden ornament, garden statue | sculpture, lawn figurine | GAR, 23 | ceramic, steel, wood
picnic basket: picnic basket, picnic hamper, cool box | cooler, food cooler | GAR, 35 | bamboo, cotton
notebook: notebook, notepad, sketchbook | journal, writing pad | STA, 9 | paper, leather
pen: pen, pencil, ballpoint | biro, marker | STA, 6 | wood, steel, bamboo
card: greeting card, note card, message card | postcard, invitation | STA, 4 | paper
calendar: calendar, planner, year planner | almanac, agenda | STA, 13 | paper, leather
sticker: sticker set, sticker sheet, label roll | adhesive badge, peel-off badge | STA, 5 | paper
pencil case: pencil case, pen pouch, pen case | stationery holder, zip holder | STA, 11 | cotton, leather
soft toy: soft toy, plush toy, teddy | stuffed animal, cuddly companion | TOY, 17 | cotton, wool
puzzle: jigsaw, puzzle, jigsaw puzzle | brainteaser, conundrum | TOY, 15 | wood, paper
board game: board game, card game, domino set | backgammon, chess | TOY, 20 | wood, paper
blocks: block set, stacking toy, toy brick box | stackable cube, builder cube | TOY, 22 | wood, silicone
craft kit: craft kit, sewing kit, paint set | embroidery pack, knitting pack | TOY, 18 | cotton, wool, paper
rattle: rattle, teether, pull-along toy | shaker, chew ring | TOY, 12 | wood, silicone
necklace: necklace, bracelet, pendant | locket, jewellery chain | GFT, 21 | brass, steel, leather
bag: tote bag, shopping bag, shoulder bag | satchel, handbag | GFT, 19 | cotton, linen, leather
purse: purse, wallet, coin pouch | billfold, money clip | GFT, 18 | leather, cotton
umbrella: umbrella, rain umbrella, parasol | brolly, storm canopy | GFT, 21 | cotton, bamboo
keyring: keyring, key fob, keychain | lanyard, latchkey loop | GFT, 7 | leather, steel, brass
soap: soap bar, bath bomb, hand wash | shower gel, body scrub | GFT, 8 | paper
scarf: scarf, winter scarf, bobble hat | shawl, neck wrap | GFT, 20 | wool, cotton
hot water bottle: hot water bottle, hand warmer, heat pack | bed heater, heating pad | GFT, 16 | wool, cotton
"""

# Functions: words | held-out | factor on the price | prefixes of categories, none means all
FUNCTIONS = """
foldable: foldable, folding, fold-flat | collapsible, bendable | 1.05 | KIT, GAR, TEX, GFT
scented: scented, fragrant, sweet-smelling | aromatic, perfumed | 1.05 | LIG, TEX, STA
waterproof: waterproof, rainproof, weatherproof | watertight, splash-resistant | 1.1 | GAR, TEX, GFT
recycled: recycled, eco-friendly, sustainable | upcycled, biodegradable | 1.05
personalised: personalised, monogrammed, name-printed | bespoke, customised | 1.25
solar: solar, solar-powered, sun-charged | photovoltaic, renewable-energy | 1.2 | LIG, GAR
glowing: glow-in-the-dark, glowing, light-up | luminous, phosphorescent | 1.1 | LIG, HOM, STA, TOY
mini: mini, pocket-sized, small | miniature, tiny | .75
giant: giant, jumbo, extra-large | oversized, huge | 1.4
handmade: handmade, hand-painted, hand-finished | artisan, handcrafted | 1.2
insulated: insulated, heat-keeping, warm-keeping | thermal, thermos-like | 1.15 | KIT, GFT
secret: secret-pocket, hidden-drawer, hidden-compartment | concealed-stash, disguised | 1.1 | HOM, STA, TOY
washable: washable, machine-washable, wipe-clean | launderable, stain-resistant | 1.0 | TEX, TOY, KIT
"""

OCCASIONS = """
birthday: birthday, birthday party, party | celebration, festivity
wedding: wedding, bridal, bride and groom | honeymoon, newlywed
baby: baby, newborn, nursery | infant, cradle
school: school, classroom, back-to-school | campus, student
picnic: picnic, camping, day out | hiking, outdoor dining
mother: mum, mummy, Mother's Day | mama, maternal
new home: housewarming, new home, moving-in | homeowner, first flat
office: office, desk, workplace | boardroom, workstation
"""

STYLES = """
vintage: vintage, retro, old-fashioned | antique, nostalgic
modern: modern, contemporary, minimalist | avant-garde, streamlined
rustic: rustic, country, farmhouse | cottage, village
nordic: Scandinavian, Nordic, hygge | Danish, Swedish
boho: boho, bohemian, hippy | beatnik, free-spirited
luxury: luxury, elegant, deluxe | lavish, premium
novelty: novelty, funny, quirky | humorous, comical
classic: classic, traditional, timeless | heritage, time-honoured
"""

# Materials: words | held-out | factor on the price
MATERIALS = """
ceramic: ceramic, stoneware, china | porcelain, earthenware | 1.0
glass: glass, clear glass, blown glass | crystal, glassware | 1.0
steel: steel, metal, iron | stainless, aluminium | 1.0
wood: wood, oak, pine | timber, walnut | 1.05
bamboo: bamboo, rattan, wicker | cane, seagrass | .95
cotton: cotton, muslin, cotton twill | denim, calico | .95
linen: linen, flax, hessian | jute, burlap | 1.05
wool: wool, woollen, knitted | cashmere, fleece | 1.15
leather: leather, suede, soft leather | nubuck, cowhide | 1.2
paper: paper, kraft paper, thick paper | parchment, papyrus | .9
brass: brass, copper, bronze | pewter, gilt | 1.1
silicone: silicone, rubber, acrylic | resin, plastic | .9
"""

COLOURS = """
red: red, scarlet, ruby | crimson, burgundy
blue: blue, navy, sky blue | turquoise, indigo
green: green, sage, olive | emerald, jade
pink: pink, blush, candy pink | fuchsia, magenta
yellow: yellow, mustard, sunny yellow | saffron, golden
white: white, ivory, cream | alabaster, pearl
grey: grey, silver, charcoal | smoky, slate
black: black, jet black, onyx | ebony, midnight
natural: natural, beige, sand | tan, earthy
multi: multicoloured, rainbow, mixed colour | kaleidoscopic, polychrome
"""


def split(text: str) -> tuple[str, ...]:
    """The parts of a comma list."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def shelves(text: str) -> tuple[str, ...]:
    """The categories of a comma list of prefixes."""
    names = {prefix: category for category, prefix in CATEGORIES.items()}
    return tuple(names[prefix] for prefix in split(text))


def rows(table: str) -> list[tuple[str, list[str]]]:
    """(name, fields) of each line of a table; fields are padded to four."""
    pairs = [line.split(":", 1) for line in table.strip().splitlines()]
    return [(name.strip(), ([*rest.split("|"), "", ""])[:4]) for name, rest in pairs]


def plain(kind: str, table: str) -> list[Concept]:
    """Concepts whose further fields are a factor on the price and the categories they fit."""
    return [
        Concept(kind, name, split(seen), split(held), shelves(where), float(factor or 1))
        for name, (seen, held, factor, where) in rows(table)
    ]


def objects() -> list[Concept]:
    """The kinds of thing the shop sells."""
    made = []
    for name, (seen, held, shelf, materials) in rows(OBJECTS):
        prefix, price = split(shelf)
        words, held_out, where = split(seen), split(held), shelves(prefix)
        made.append(Concept("object", name, words, held_out, where, float(price), split(materials)))
    return made


CONCEPTS: dict[str, Concept] = {
    concept.id: concept
    for concept in [
        *plain("motif", MOTIFS),
        *objects(),
        *plain("function", FUNCTIONS),
        *plain("occasion", OCCASIONS),
        *plain("style", STYLES),
        *plain("material", MATERIALS),
        *plain("colour", COLOURS),
    ]
}


def of_kind(kind: str) -> list[Concept]:
    """All concepts of a kind, in the order of the table."""
    return [concept for concept in CONCEPTS.values() if concept.kind == kind]


def family_of(motif: Concept) -> str:
    """The family a motif belongs to."""
    return next(family for family, motifs in FAMILIES.items() if motif.name in split(motifs))
