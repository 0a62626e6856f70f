"""Hook specifications, the contracts behind them, and discovery that isolates a broken plugin."""
