"""Guards: what a model that generates text does wrong, each rule by itself, and one judge that asks them all."""
