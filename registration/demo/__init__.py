"""Made-up centres full of made-up people: the same ones every time, at four sizes."""
