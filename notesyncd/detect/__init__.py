"""What the pixels and a light reader say of a page before it is read in earnest: ink, rotation, lines, words."""
