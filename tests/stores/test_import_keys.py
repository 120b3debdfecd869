from streamd.ports.store import Store


async def test_the_keys_of_imports_are_remembered_by_workspace_and_type(store: Store) -> None:
    assert await store.import_keys("a") == {}
    await store.save_import_key("a", "order", "name")
    await store.save_import_key("a", "order", "order_number")
    await store.save_import_key("a", "50% off/it's", "sku")
    await store.save_import_key("ab", "order", "name")
    assert await store.import_keys("a") == {"order": "order_number", "50% off/it's": "sku"}
    assert await store.import_keys("ab") == {"order": "name"}
    assert await store.import_keys("b") == {}
