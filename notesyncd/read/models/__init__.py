"""Models on this disk: fetched on the user's word, found again, checked and removed."""
