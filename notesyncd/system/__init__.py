"""What the operating system tells: mounts and their file systems, limits, clocks."""
