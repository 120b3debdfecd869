"""Documents as a knowledge base gives them back, and strategies for any at all."""

from hypothesis import strategies as st

from streamd.core.document_passage import Passage

RETURNS = Passage(
    "returns.md",
    "Returns policy",
    "# Returns\nGoods may be returned within 30 days of delivery. Damaged goods need a photo of the damage. "
    "Refunds are paid within 5 working days. It takes longer abroad.\n\n- Opened food cannot be returned.",
)
SUPPLIERS = Passage(
    "suppliers.md",
    "Supplier notes",
    "Nordic Metals from Sweden delivers copper wire in 9 days and has never been late. Global Parts ships copper wire from "
    "Asia at the lowest price, but 12% of its deliveries were late in 2024.",
)
WIRE = Passage(
    "wire.md", "Copper wire", "Copper wire prices rose by 8% in March. Stock of copper wire covers six weeks."
)
SHOP = (RETURNS, SUPPLIERS, WIRE)

LISBON = (
    Passage(
        "lisbon.md",
        "Lisbon notes",
        "Tram 28 runs through Graça and Alfama, and a single ride costs 3.10 EUR. The Oceanário is one of the largest "
        "aquariums in Europe and children love it. It opens at 10:00. The National Tile Museum shows five centuries of tiles.",
    ),
    Passage(
        "food.md",
        "Eating in Lisbon",
        "- Time Out Market has more than 40 stalls; lunch costs about 12 EUR.\n- Dinner rarely starts before 20:00.",
    ),
    Passage(
        "oslo.md",
        "Oslo notes",
        "The Oslo Opera House has a roof to walk on. A hotel room in Oslo costs 1,400 NOK.",
    ),
)
STAY = Passage(
    "stay.md", "Where to stay in Lisbon", "Family rooms at the Alfama Guesthouse cost 90 EUR a night."
)
TRIP = "5 days in Lisbon with kids under 1500 EUR"

WORDS = [
    "copper",
    "wire",
    "Lisbon",
    "days",
    "return",
    "goods",
    "late",
    "never",
    "30",
    "12%",
    "delivers",
    "supplier",
    "The",
    "It",
    "Both",
    "[1]",
    "[7]",
    "Sources:",
    "museum",
    "food",
    "-",
    "#",
    ".",
    "?",
    "!",
    "tram",
    "EUR",
    "1,500",
    "children",
    "…",
    "e.g.",
    "Day",
    "3:",
    "|",
    "price",
]
TEXTS = st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=6)), max_size=40).map(" ".join)
PASSAGES = st.lists(
    st.builds(Passage, source=st.sampled_from(["a.md", "b.md", "[2]; [3] x"]), title=TEXTS, text=TEXTS),
    max_size=4,
)
