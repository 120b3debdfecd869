"""Headers that systems for shops and warehouses write, for the fields that they mean.

They count for any type that declares a stock or SKU, and such a field by whatever name; a field's own words come before them.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from streamd.core.declared.field_spec import NUMERIC_KINDS
from streamd.core.item_type import ItemType
from streamd.tables.cells import compact, words_of

BARCODE: Final = "barcode"
_SKU: Final = "sku"
_STOCK: Final = "current stock"
_PLACE: Final = "location"
_COST: Final = "cost"
_PRICE: Final = "price"
_HEADERS: Final[Mapping[str, str]] = {
    "sku": """
        variant sku, seller sku, custom sku, sku code, sku number, merchant sku, product code
        sku, custom label sku, variant code sku, product variant code sku, internal reference,
        default code, item code, product code, stock code, item no, item number, product number,
        part no, ipn, material, material number, asset tag, asset id, reference, product
        reference, item sku, article no, article code, catalog number, hb asset id, model
        number, model no, part, article
    """,
    "current stock": """
        on hand, on hand current, quantity on hand, qty on hand, stock on hand, soh, quantity
        available, qty available, available quantity, in stock, total in stock, instock, current
        stock level, current quantity, variant inventory qty, inventory quantity, stock
        quantity, stock qty, qty in stock, quantity in stock, total qty, balance qty, actual
        qty, unrestricted, unrestricted stock, unrestricted use stock, afn fulfillable quantity,
        inventory, amount, stock amount, remaining, available, available stock, closing stock,
        closing quantity, closing balance, ending inventory, opening stock, quantity on stock,
        on hand qty, hb quantity
    """,
    "reorder point": """
        re order level, re order point, reorder pt, reorder at level, low stock level, low stock
        amount, low stock threshold, low stock alert, low stock, stock alert count, stock alert
        level, min stock alert level, minimum before reorder, alert quantity, notify on stock
        below, notify for quantity below, reorder min
    """,
    "min stock": """
        min qty, minimum quantity, min quantity, min level, minimum stock level, min stock
        level, min stock amount, minimum stock quantity, minimum amount, min on hand
    """,
    "max stock": """
        max qty, maximum quantity, max quantity, max level, maximum stock level, preferred stock
        level, desired stock, desired inventory level, max on hand, maximum inventory, max stock
        alert level, max stock level
    """,
    "unit cost": """
        cost per item, default unit cost, purchase cost, cost price, purchase price, default
        purchase price, purchases unit price, purchase rate, unit cost price, standard cost,
        standard price, average cost, avg cost, average landed cost, average unit cost,
        valuation rate, supply price, default cost, item cost, last cost, last purchase price,
        buying price, landed cost, wholesale price, product cost, hb purchase price
    """,
    "location": """
        location name, warehouse name, warehouse code, storage location, bin location, default
        location, stock location, primary folder, folder, outlet, store, store name, facility,
        source code, fulfillment center, shelf location, location code, hb location
    """,
    "supplier": """
        default vendor name, preferred vendor, primary vendor, default supplier, preferred
        supplier, main supplier, primary supplier, vendor 1 name, last supplier
    """,
    "unit of measure": """
        default unit of measure, base unit of measure, stock uom, uom code, usage unit,
        inventory unit, stock unit, default uom, unit name
    """,
    "lead time": """
        lead time in days, vendor lead time, purchase lead time, delivery lead time, supplier
        lead time
    """,
    "on order": """
        incoming, qty on order, on purchase order, on po, ordered qty, quantity on purchase
        order
    """,
    "category": """
        product category, item group, category name, product group, item category, categories,
        department
    """,
    "pack size": """
        case pack, case qty, units per case, pack qty, qty per box, qty per case, quantity per
        box
    """,
}
"""By a word for the field, the headers in the order in which they are believed."""
_NAMES: Final = (
    "item", "product service name", "entry name", "product description", "item description", "part description",
    "material description", "part name", "asset name", "variant name", "hb name",
)  # fmt: skip
_BARCODES: Final = (
    "variant barcode", "barcode", "bar code", "upc", "ean", "gtin", "ean 13", "upc code", "gtin upc ean or isbn",
    "product upc ean", "upc ean", "product barcode", "barcodes", "default barcode",
)  # fmt: skip


def system_words(item_type: ItemType) -> Iterator[tuple[str, str]]:
    """Field and header, for each header of other systems that means something in items of a type."""
    named = _fields_by_word(item_type)
    if _SKU not in named and compact(_STOCK) not in named:
        return
    for field, headers in _HEADERS.items():
        if name := named.get(compact(field)):
            yield from ((name, header) for header in headers.split(","))
    yield from (("name", header) for header in _NAMES)
    yield from ((named.get(BARCODE, BARCODE), header) for header in _BARCODES)


def is_price(item_type: ItemType, field: str, word: str) -> bool:
    """Whether a word means a price, of a field that has words for a cost, too, which is another amount where both are there."""
    spec = item_type.fields[field]
    return _PRICE in words_of(word) and any(_COST in words_of(one) for one in (spec.name, *spec.aliases))


def declared_field(item_type: ItemType, word: str) -> str:
    """The field of a type that goes by a word; empty where there is none."""
    return _fields_by_word(item_type).get(compact(word), "")


def numeric_field(item_type: ItemType, word: str) -> str:
    """The field of numbers of a type that goes by a word; empty where there is none."""
    name = declared_field(item_type, word)
    return name if name and item_type.fields[name].kind in NUMERIC_KINDS else ""


def by_place_field(item_type: ItemType) -> str:
    """The further field that says what is where."""
    return f"by_{declared_field(item_type, _PLACE) or _PLACE}"


def _fields_by_word(item_type: ItemType) -> Mapping[str, str]:
    return {
        compact(word): name
        for name, spec in reversed(list(item_type.fields.items()))
        for word in (*spec.aliases, spec.title, name)
    }
