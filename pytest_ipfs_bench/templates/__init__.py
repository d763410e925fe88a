"""Templates of tests, skills, suites, models, backends and importers; and what generates files from them."""
