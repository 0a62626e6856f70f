"""The values that flow from page to note: frozen, slotted, keyword-only dataclasses without any I/O."""
