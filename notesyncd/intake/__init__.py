"""From folder to scan: hints and sweeps say where to look; a file that is settled, whole and decodable comes in."""
