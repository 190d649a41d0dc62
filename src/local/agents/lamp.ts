/** The photo that came with a complaint: a lamp with a crack in its shade, as PNG in base64. */
export const LAMP = [
  "iVBORw0KGgoAAAANSUhEUgAAAPAAAACgBAMAAADA9fxWAAAAElBMVEXs6OCWeGDislw8MChgSDj67L6CPwIbAAABoklEQVR42u3YYWrCQBQE4LD0AoUeYF",
  "npBQy9QU7Q4P2vUipVYvLmJcKbfRZmfgV/+MG4I6vDoCiKoiiKoihK55S2zmm8PVHh5sC1Lzx2gYsBn1uHrtPg5sK1K/x7vM5suACY3nUa3Hbg2hfmL7kA",
  "mD6o4qs8uO3CtRt86gEX90QTu06D2wG49lvxYsYkuLTdGXO6ToOv73vZZvz6e/gmdQ3gmQ1fm/604Psjp2sTXqg02Gz6EeZ0bcIjH7Y/4vvB4nWdBttjWs",
  "GMrtHXx7y0CTBaMX1QaTBqmr5kCJOXDJtmDwrAK5UAg6a3cHTXNjzTYdD044lmdJ0Gw1vP9rXYruGKVzOOhvGKyYNKg3HT5CVjmLtkp2nuoA5c5TkwvvWY",
  "cFzX8NcaGYYf8fZgxXadBuNbD4Cjuna+PmbTDoKdFXMHlQY7TXOX7MHMJXtNUwd1+CofDTu3HgxHdO38WqPCuGlwopl/PN3yNk3TkBHBggULFixYsGDBgg",
  "ULFixYsGC+hSP4ReH3Z/Lhwk+9leAXhQMjWLBgwYIFCxYsWLBgwf8I/gFyNQlR7qBb0gAAAABJRU5ErkJggg==",
].join("");
