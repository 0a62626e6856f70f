"""Readers, each behind one contract: a page image goes in, words with boxes and raw scores come out."""
