"""What ``mlx_runtime`` is made of; every module of it imports mlx and mlx-vlm only inside its functions."""
