"""From raster to page image: a chain of registered steps that keeps the map back to the raster's pixels."""
